"""Describing texts that stand in two splits, and whether they give a measured case away.

A text that two splits share is refused when some measured case has no describing text that the other split lacks, or
when such texts reach more than `SHARE` of the measured cases. Below that they cannot carry a score: they are named, and
evaluation leaves them out. Against "train" (or what a model learned from) the other split is the measured one; between
two other splits, each is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import combinations

from lexiscope.corpus.joined import LEARNED, Readable
from lexiscope.corpus.wording import describing_texts, normalise, shared_texts

SHARE = 0.01
_LEARNED_FROM = {"train", LEARNED}


@dataclass(frozen=True, slots=True)
class SharedTextOfSplits:
    """One describing text in two splits.

    Args:
        text: Text as it was first met.
        groups: Groups that have the text, sorted.
        splits: The two splits.
        gives_away: True when it is refused, by the rule above.
    """

    text: str
    groups: tuple[str, ...]
    splits: tuple[str, str]
    gives_away: bool


@dataclass(frozen=True, slots=True)
class SharedTexts:
    """Describing texts that two or more splits share.

    Args:
        texts: Every shared describing text, once for each pair of splits.
        templates: Number of shared texts that are template text, which says nothing of a case.
    """

    texts: tuple[SharedTextOfSplits, ...]
    templates: int


def find_overlaps(corpus: Readable, *, sizes: Mapping[str, int], homes: Mapping[str, Set[str]]) -> SharedTexts:
    """The describing texts that splits share.

    Args:
        sizes: Split -> its cases; only these splits are compared.
        homes: Group -> the splits it has cases in.
    """
    shared: dict[str, tuple[str, tuple[str, ...], list[str]]] = {}
    templates = 0
    for candidate in shared_texts(corpus):
        where = sorted({split for group in candidate.groups for split in homes.get(group, ())})
        if len(where) < 2:
            continue
        if candidate.template:
            templates += 1
            continue
        shared[normalise(candidate.text)] = (candidate.text, candidate.groups, where)
    if not shared:
        return SharedTexts((), templates)
    spoilt = _spoilt_pairs(corpus, {key: set(where) for key, (_, _, where) in shared.items()}, sizes)
    texts = tuple(
        SharedTextOfSplits(text, groups, pair, gives_away=pair in spoilt)
        for text, groups, where in shared.values()
        for pair in combinations(where, 2)
    )
    return SharedTexts(texts, templates)


def _spoilt_pairs(corpus: Readable, shared: Mapping[str, Set[str]], sizes: Mapping[str, int]) -> set[tuple[str, ...]]:
    """The pairs of splits whose shared texts give measured cases away."""
    touched: Counter[tuple[str, str]] = Counter()  # (measured, known from) -> cases
    wholly: set[tuple[str, str]] = set()
    for split, texts in _cases(corpus, sizes):
        known: dict[str, int] = defaultdict(int)
        for text in texts & shared.keys():
            for other in shared[text] - {split}:
                known[other] += 1
        for other, count in known.items():
            touched[split, other] += 1
            if count == len(texts):
                wholly.add((split, other))
    return {
        tuple(sorted(pair))
        for pair, count in touched.items()
        if pair[0] not in _LEARNED_FROM and (pair in wholly or count > SHARE * sizes[pair[0]])
    }


def _cases(corpus: Readable, sizes: Mapping[str, int]) -> Iterator[tuple[str, set[str]]]:
    """Split and normalised describing texts of each case that is compared."""
    for row in corpus.rows(columns=["split", "texts"]):
        if row["split"] in sizes:
            yield row["split"], {normalise(text) for text in describing_texts(row)}
