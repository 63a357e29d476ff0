"""The method `similarity`: how alike modalities are at each level, and levels within each modality."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from lexiscope.core.errors import UsageError
from lexiscope.core.numbers import number
from lexiscope.core.progress import Progress
from lexiscope.interpret.about import about
from lexiscope.interpret.charts import Chart, Heatmap, Lines
from lexiscope.interpret.intervals import worded
from lexiscope.interpret.pooled import Place, pool_levels
from lexiscope.interpret.result import Result
from lexiscope.interpret.similarity.compare import Comparison, PlaceComparer
from lexiscope.interpret.similarity.permutation import MOST
from lexiscope.interpret.some_cases import drawn_in_words
from lexiscope.interpret.subject import FUSED, Cases

_ASSUMES = (
    "Levels of one name stand at the same depth in every branch. A case is described by the average of its features "
    "over all places; groups are independent of each other."
)
_CANNOT_TELL = (
    "What the features are about: two modalities can agree on noise that both share, such as the size of the head, and "
    "disagree on the finding. A low value does not say which of the two knows more, and linear CKA misses what one "
    "modality says of the other in a curved way."
)
_WIDE = 0.5  # CKA of unrelated cases above which there are too few of them
FORMULA = {
    "CKA": (
        "HSIC_1(x, y) / sqrt(HSIC_1(x, x) HSIC_1(y, y)), linear kernels; HSIC_1 = [tr(K~L~) + 1'K~1 1'L~1 / "
        "((n-1)(n-2)) - 2/(n-2) 1'K~L~1] / (n(n-3)), K~ without its diagonal (Song et al. 2012, equation 5). "
        "Interval: random halves of the groups, drawn without replacement"
    ),
    "biased": "||Y'X||^2 / (||X'X|| ||Y'Y||), columns centred (Kornblith et al. 2019)",
    "chance of CKA": "CKA of cases paired anew, whole groups at a time; mean cosine of all pairs of different cases",
    "cosine": "mean over cases of <x, y> / (|x| |y|)",
}


def similarity(subject: Any, cases: Cases[Any], *, seed: int = 0, progress: Progress | None = None) -> Result:
    """How alike the features of modalities are at each level, and of levels within each modality.

    Raises:
        UsageError: the subject shows no levels, or nothing that could be compared.
    """
    with pool_levels(subject, cases, progress=progress) as pooled:
        kinds = [same_level(pooled.places), into_fused(pooled.places), same_branch(pooled.places)]
        pairs = [pair for kind in kinds for pair in kind]
        if not pairs:
            msg = f"expected two branches with a level of one name, or two levels of a branch, got {pooled.places}"
            raise UsageError(f"{msg}; name more levels of the model")
        comparer = PlaceComparer(pooled, cases.groups, seed)
        made: dict[tuple[Place, Place], Comparison] = {}
        for pair in pairs:
            made[pair] = comparer.compare(*pair)
            if progress is not None:
                progress(len(made), len(pairs), "pairs compared")
    across, fused, within = ([made[pair] for pair in kind] for kind in kinds)
    drawn = [[one for one in kind if one.cka.value is not None] for kind in (across, fused, within)]
    return Result(
        method="similarity",
        title="How alike are the features of the modalities, level by level?",
        rows=[_row(one) for one in made.values()],
        findings=[*_agreements(across), *_changes(across), *_nearest(fused)],
        charts=[*_across_lines(drawn[0]), *_fused_lines(drawn[1]), *_across_maps(drawn[0]), *_within_maps(drawn[2])],
        assumes=_ASSUMES,
        cannot_tell=_CANNOT_TELL + _few(list(made.values())),
        about=about(subject, cases, seed=seed),
        formula=FORMULA,
        sample=f"chance: {told}" if (told := drawn_in_words(MOST, len(cases), "cases, in groups,", seed=seed)) else "",
    )


def same_level(places: Sequence[Place]) -> list[tuple[Place, Place]]:
    """Pairs of modalities at levels of one name, level by level.

    Example:
        >>> same_level([("a", "1"), ("a", "2"), ("b", "1")])
        [(('a', '1'), ('b', '1'))]
    """
    alone = [place for place in places if place[0] != FUSED]
    levels = dict.fromkeys(level for _, level in alone)
    return [pair for level in levels for pair in combinations([place for place in alone if place[1] == level], 2)]


def into_fused(places: Sequence[Place]) -> list[tuple[Place, Place]]:
    """The last level of each modality with every level behind the place where they meet.

    Example:
        >>> into_fused([("a", "1"), ("a", "2"), ("fused", "3")])
        [(('a', '2'), ('fused', '3'))]
    """
    last = {branch: (branch, level) for branch, level in places if branch != FUSED}
    return [(of_modality, place) for place in places if place[0] == FUSED for of_modality in last.values()]


def same_branch(places: Sequence[Place]) -> list[tuple[Place, Place]]:
    """Pairs of levels within a branch, branch by branch.

    Example:
        >>> same_branch([("a", "1"), ("a", "2"), ("b", "1")])
        [(('a', '1'), ('a', '2'))]
    """
    branches = dict.fromkeys(branch for branch, _ in places)
    return [pair for branch in branches for pair in combinations([place for place in places if place[0] == branch], 2)]


def _row(one: Comparison) -> Mapping[str, Any]:
    low, high = one.null or (None, None)
    return {
        "first": " · ".join(one.first),
        "second": " · ".join(one.second),
        "CKA": one.cka,
        "chance from": low,
        "chance to": high,
        "biased": one.biased,
        "cosine": one.cosine,
    }


def _few(comparisons: Sequence[Comparison]) -> str:
    """Sentence for cases so few that unrelated ones agree as related ones could; empty where there are enough."""
    reached = [(one.null[1], one.cka) for one in comparisons if one.null is not None and one.null[1] > _WIDE]
    if not reached:
        return ""
    most, cka = max(reached, key=lambda pair: pair[0])
    return (
        f" There are too few cases here: of {cka.n} of {cka.groups} groups, unrelated pairs reach a CKA of "
        f"{number(most)}, so that neither agreement nor its absence shows; take a larger split."
    )


def _agreements(across: Sequence[Comparison]) -> list[str]:
    """At the last level that a pair shares, where its interval lies above chance."""
    last = {(one.first[0], one.second[0]): one for one in across}
    return [
        f"At {one.first[1]}, features of {first} and {second} agree beyond chance: CKA {worded(one.cka)}, where "
        f"unrelated cases reach {number(one.null[1])}."
        for (first, second), one in last.items()
        if one.beyond_chance and one.null is not None
    ]


def _changes(across: Sequence[Comparison]) -> list[str]:
    """From the first level that a pair shares to the last, where the intervals do not meet."""
    told = []
    for pair in dict.fromkeys((one.first[0], one.second[0]) for one in across):
        line = [one for one in across if (one.first[0], one.second[0]) == pair]
        start, end = line[0], line[-1]
        if start.cka.low is None or start.cka.high is None or end.cka.low is None or end.cka.high is None:
            continue
        way = "more alike" if end.cka.low > start.cka.high else "less alike" if end.cka.high < start.cka.low else None
        if way is not None:
            told.append(
                f"{pair[0]} and {pair[1]} become {way} from {start.first[1]} to {end.first[1]}: CKA "
                f"{worded(start.cka)}, then {worded(end.cka)}."
            )
    return told


def _nearest(fused: Sequence[Comparison]) -> list[str]:
    """At the last fused level, a modality that it is more like than any other, where the intervals do not meet."""
    last = [one for one in fused if one.second == fused[-1].second]
    ranked = sorted(last, key=lambda one: one.cka.value or 0.0, reverse=True)
    if len(ranked) < 2 or ranked[0].cka.low is None or ranked[1].cka.high is None:
        return []
    if not ranked[0].beyond_chance or ranked[0].cka.low <= ranked[1].cka.high:
        return []
    return [
        f"Where modalities have met ({ranked[0].second[1]}), features are most like those of {ranked[0].first[0]}: CKA "
        f"{worded(ranked[0].cka)}, {ranked[1].first[0]} {worded(ranked[1].cka)}."
    ]


def _across_lines(across: Sequence[Comparison]) -> list[Chart]:
    named = [(" and ".join((one.first[0], one.second[0])), one.first[1], one) for one in across]
    return _lines("How alike modalities are at each level", named)


def _fused_lines(fused: Sequence[Comparison]) -> list[Chart]:
    named = [(one.first[0], one.second[1], one) for one in fused]
    return _lines("How much of each modality's last level is in what they become together", named)


def _lines(title: str, named: Sequence[tuple[str, str, Comparison]]) -> list[Chart]:
    """A chart of comparisons, each with the name of its line and its place along the x axis."""
    if not named:
        return []
    levels = list(dict.fromkeys(level for _, level, _ in named))
    at = {(name, level): one for name, level, one in named}
    lines, intervals = {}, {}
    for name in dict.fromkeys(name for name, _, _ in named):
        found = [at.get((name, level)) for level in levels]
        lines[name] = [None if one is None else one.cka.value for one in found]
        intervals[name] = [None if one is None else one.interval for one in found]
    bands = [[one.null for _, here, one in named if here == level and one.null is not None] for level in levels]
    null = [(min(low for low, _ in band), max(high for _, high in band)) for band in bands] if all(bands) else None
    return [Lines(title, "CKA, unbiased", levels, lines, intervals, null)]


def _across_maps(across: Sequence[Comparison]) -> list[Chart]:
    charts: list[Chart] = []
    for level in dict.fromkeys(one.first[1] for one in across):
        some = [one for one in across if one.first[1] == level]
        names = list(dict.fromkeys(branch for one in some for branch in (one.first[0], one.second[0])))
        if len(names) < 3:
            continue  # one number, which the lines show
        title = f"How alike modalities are at {level} (CKA, unbiased)"
        charts.append(Heatmap(title, names, names, _filled(names, some, side=0), limits=(0, 1)))
    return charts


def _within_maps(within: Sequence[Comparison]) -> list[Chart]:
    charts: list[Chart] = []
    for branch in dict.fromkeys(one.first[0] for one in within):
        some = [one for one in within if one.first[0] == branch]
        names = list(dict.fromkeys(level for one in some for level in (one.first[1], one.second[1])))
        title = f"How alike the levels of {branch} are (CKA, unbiased)"
        charts.append(Heatmap(title, names, names, _filled(names, some, side=1), limits=(0, 1)))
    return charts


def _filled(names: Sequence[str], some: Sequence[Comparison], *, side: int) -> np.ndarray:
    """A symmetric matrix, 1 on its diagonal, NaN where nothing could be compared."""
    values = np.full((len(names), len(names)), np.nan)
    np.fill_diagonal(values, 1)
    for one in some:
        row, column = names.index(one.first[side]), names.index(one.second[side])
        values[row, column] = values[column, row] = np.nan if one.cka.value is None else one.cka.value
    return values
