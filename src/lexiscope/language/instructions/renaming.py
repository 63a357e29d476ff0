"""`named_structures`: the structures that instructions are written about; masks of other names are renamed.

A name such as "mask" or "label 1" says nothing. The masks of the cases are renamed, so that training, evaluation and
sentences all say the same, and each case keeps a note of what they were called.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Self

from lexiscope.core.batched import stream_batches
from lexiscope.core.errors import UsageError
from lexiscope.corpus.mask_names import names_given, with_masks_named
from lexiscope.corpus.store import Corpus

_BATCH = 256
_UNNAMED = re.compile(
    r"(mask|label|seg|segm|segmentation|annotation|roi|foreground|object|class|value|ground ?truth|gt)s?[ _-]?\d*"
)


def is_unnamed(structure: str) -> bool:
    """True for a name that says nothing of what a mask shows.

    Example:
        >>> is_unnamed("mask"), is_unnamed("label 1"), is_unnamed("seg"), is_unnamed("kidney")
        (True, True, True, False)
    """
    return _UNNAMED.fullmatch(structure.strip().casefold()) is not None


def named_structures(
    corpus: Corpus, asked: Sequence[str], *, with_masks: bool = True
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Structures to write about, and the renamings (old name -> new) that this takes.

    A structure that was named before is meant with the masks of cases that came since, which still have the old name.

    Args:
        corpus: Corpus whose masks are named.
        asked: NAME or NAME=MASK, each; all structures of the corpus when empty.
        with_masks: Masks are needed; without, a corpus that has none at all takes any name.

    Raises:
        UsageError: a structure that no case has, or a name that two structures would share.
    """
    told = _Masks.of(corpus)
    counts = told.counts
    if not asked and counts:
        return tuple(sorted(counts)), {}
    if not counts and not (asked and not with_masks):
        raise _no_masks(corpus)
    renamed: dict[str, str] = {}
    names = []
    for one in asked:
        name, _, mask = (part.strip() for part in one.partition("="))
        known = [old for old, new in told.named.items() if new == name and old in counts]
        olds = [mask] if mask else [_meant(name, counts), *known]
        if counts and olds[0] not in counts and name not in counts:
            raise _unknown(corpus, olds[0], counts)
        for old in olds:
            if old in counts and old != name:
                told.refuse_two(old, name, renamed)
                renamed[old] = name
        names.append(name)
    return tuple(dict.fromkeys(names)), renamed


@dataclass(frozen=True)
class _Masks:
    """Masks of a corpus by name.

    Args:
        counts: Name -> masks.
        beside: Name -> names of other masks of the same cases.
        named: Names that masks had -> names that they were given: of cases that came before.
    """

    counts: Counter[str]
    beside: Mapping[str, set[str]]
    named: Mapping[str, str]

    @classmethod
    def of(cls, corpus: Corpus) -> Self:
        counts: Counter[str] = Counter()
        beside: dict[str, set[str]] = defaultdict(set)
        named: dict[str, str] = {}
        for row in corpus.rows(columns=["masks", "provenance"]):
            names = _names(row)
            counts.update(names)
            for name in names:
                beside[name] |= names - {name}
            named |= names_given(row["provenance"]["steps"])
        return cls(counts, beside, named)

    def refuse_two(self, old: str, name: str, renamed: Mapping[str, str]) -> None:
        """Refuse a name that another mask of the same case has, or will have."""
        taken = {name, *(other for other, new in renamed.items() if new == name)}
        if self.beside[old] & taken:
            raise UsageError(
                f"expected a new name for the structure {old!r}, got {name!r}, which another mask of the same case has"
            )


def rename_masks(corpus: Corpus, renamed: Mapping[str, str]) -> int:
    """Give masks other names in all cases that have them; returns the number of cases.

    Args:
        corpus: Corpus whose masks are renamed.
        renamed: Old name -> new name.
    """
    if not renamed:
        return 0
    ids = [row["id"] for row in corpus.rows(columns=["id", "masks"]) if renamed.keys() & _names(row)]
    return sum(
        corpus.upsert([with_masks_named(case, renamed) for case in corpus.take(batch)]).updated
        for batch in stream_batches(ids, _BATCH)
    )


def _meant(name: str, counts: Mapping[str, int]) -> str:
    """The structure that a name alone stands for: its own, or the only one, where that one's name says nothing."""
    if name in counts or len(counts) != 1:
        return name
    (only,) = counts
    return only if is_unnamed(only) else name


def _names(row: Mapping[str, Any]) -> set[str]:
    return {mask["modality"] for mask in row["masks"]}


def _no_masks(corpus: Corpus) -> UsageError:
    msg = f"expected masks in {corpus.path}, found none; build the corpus with its masks"
    return UsageError(f"{msg}, or name each structure with --structure and take --learned-from or --with label-name")


def _unknown(corpus: Corpus, name: str, counts: Mapping[str, int]) -> UsageError:
    close = get_close_matches(name, counts, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    msg = f"expected masks of {name!r} in {corpus.path}, found those of {', '.join(sorted(counts))}."
    return UsageError(f"{msg}{hint} Name one of them, or rename it: --structure NAME=MASK")
