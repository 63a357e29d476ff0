"""Licences of articles -> their short form, "CC BY 4.0"."""

import re

_LINK = re.compile(r"creativecommons\.org/licen[cs]es/(?:CC-)?([a-z]+(?:-[a-z]+)*)(?:/(\d\.\d))?", re.IGNORECASE)
_ZERO = re.compile(r"creativecommons\.org/publicdomain/zero/(\d\.\d)", re.IGNORECASE)
_SHORT = re.compile(r"\bCC[ -](BY(?:-(?:NC|SA|ND))*)(?:[ -](\d\.\d))?", re.IGNORECASE)
_LONG = re.compile(
    r"Creative Commons Attribution((?:[ -–]+(?:Non-?Commercial|Share-?Alike|No-?Derivatives|NoDerivs))*)"
    r"(?:\s+(?:International\s+)?(?:License|Licence)?\s*,?\s*(?:Version\s+)?(\d\.\d))?",
    re.IGNORECASE,
)
_CLAUSES = {"noncommercial": "NC", "sharealike": "SA", "noderivatives": "ND", "noderivs": "ND"}


def short_licence(links: list[str], words: str) -> str:
    """The licence that the links state, else the one that the words state, else "unknown".

    Example:
        >>> short_licence(["http://creativecommons.org/licenses/by-nc/4.0/"], "")
        'CC BY-NC 4.0'
        >>> short_licence([], "under the Creative Commons Attribution License, which permits any use")
        'CC BY'
    """
    for text in (*links, words):
        if match := _LINK.search(text):
            return _joined(match[1].upper(), match[2])
        if match := _ZERO.search(text):
            return f"CC0 {match[1]}"
    if match := _SHORT.search(words):
        return _joined(match[1].upper(), match[2])
    if match := _LONG.search(words):
        clauses = re.findall(r"non-?commercial|share-?alike|no-?derivatives|noderivs", match[1].lower())
        return _joined("-".join(["BY", *(_CLAUSES[clause.replace("-", "")] for clause in clauses)]), match[2])
    return "unknown"


def _joined(kind: str, version: str | None) -> str:
    return f"CC {kind} {version}" if version else f"CC {kind}"
