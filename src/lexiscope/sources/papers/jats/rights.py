"""Rights of an article and of its figures, as their permissions and credit lines state them."""

import re
from typing import Any

from lexiscope.sources.papers.credits import credits_others
from lexiscope.sources.papers.jats.licence import short_licence
from lexiscope.sources.papers.jats.text import text_of

UNKNOWN = "unknown"
_HREF = "{http://www.w3.org/1999/xlink}href"
_RESERVED = re.compile(r"\b(?:permissions?|copyright(?:ed)?|all rights)\b|©|\(c\)\s*\d{4}", re.IGNORECASE)
_EXCLUDED = re.compile(
    r"\bnot (?:covered|included|subject|part)\b|\bexclud\w+|\bexcept\w*|\bwith(?:out)? (?:the )?permission of\b"
    r"|\b(?:re)?printed (?:here )?with permission\b|\breproduced with permission\b",
    re.IGNORECASE,
)
_ALL_RIGHTS = re.compile(r"\ball rights reserved\b", re.IGNORECASE)


def article_rights(meta: Any) -> str | None:
    """Licence that an article states, "unknown" where it states rights that are no known licence; None for silence."""
    stated = [] if meta is None else [*meta.iterfind("permissions/license"), *meta.iterfind("permissions/license_ref")]
    if stated:
        return _short(stated)
    reserved = meta is not None and any(_ALL_RIGHTS.search(text_of(part)) for part in meta.iterfind("permissions/*"))
    return UNKNOWN if reserved else None


def figure_rights(figure: Any, meta: Any) -> str | None:
    """Licence that holds for one figure against that of its article; None where it is the article's.

    A figure that credits others without a licence of their own is "unknown".

    Args:
        figure: Element of the figure; permissions of the groups it stands in hold for it, too.
        meta: Element of the article's own statements.
    """
    own = list(figure.iter("permissions"))
    inherited = [node for group in figure.iterancestors("fig-group") for node in group.iterfind("permissions")]
    stated = [rights for node in (*own, *inherited) if (rights := _of_permissions(node, meta)) is not None]
    groups = list(figure.iterancestors("fig-group"))
    lines = [*figure.iter("attrib"), *figure.iterfind("caption")]
    lines += [line for group in groups for name in ("attrib", "caption") for line in group.iterfind(name)]
    stated += [rights for line in lines if (rights := credited_rights(text_of(line))) is not None]
    return UNKNOWN if UNKNOWN in stated else next(iter(stated), None)


def credited_rights(text: str) -> str | None:
    """Licence of a picture whose text credits others: the one it names, or "unknown"; None where nobody is credited.

    Example:
        >>> credited_rights("An oven. Reproduced with permission. Copyright 2016, Example Press.")
        'unknown'
        >>> credited_rights("An oven, adapted from [3], CC BY 4.0."), credited_rights("An oven.")
        ('CC BY 4.0', None)
    """
    if not credits_others(text):
        return None
    return UNKNOWN if _RESERVED.search(text) else short_licence([], text)


def _of_permissions(node: Any, meta: Any) -> str | None:
    words = text_of_permissions(node)
    if _EXCLUDED.search(words):
        return UNKNOWN
    licences = list(node.iter("license", "license_ref"))
    if licences:
        return _short(licences)
    return None if _is_articles_own(node, meta) else UNKNOWN


def text_of_permissions(node: Any) -> str:
    """Words of an element of permissions, its statements apart."""
    return " ".join(text_of(part) for part in node)


def _is_articles_own(node: Any, meta: Any) -> bool:
    """True where permissions say nothing, or nothing but what the article says of itself."""
    own = {_plain(part) for part in node} - {""}
    articles = set() if meta is None else {_plain(part) for part in meta.iterfind("permissions/*")}
    return own <= articles


def _plain(node: Any) -> str:
    return re.sub(r"\W+", " ", text_of(node)).casefold().strip()


def _short(licences: list[Any]) -> str:
    links = [link for licence in licences for part in licence.iter() if (link := part.get(_HREF))]
    return short_licence(links, " ".join(map(text_of, licences)))
