"""`effects`: what changed the score, told from pairs of trainings that differ in one thing.

Scores of a case are averaged over seeds and over all pairs first; intervals then come from resampling patients.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from lexiscope.core.case import Case, Provenance
from lexiscope.evaluate.segment.answers import Dsc
from lexiscope.evaluate.segment.comparison.results import ALL, OURS, Cell, CellResult, Comparison
from lexiscope.evaluate.segment.measure import SegmentMeasure
from lexiscope.evaluate.statistics import RESAMPLES, Estimate
from lexiscope.evaluate.verdict import difference_in_words

_FEWEST_PAIRS = 3  # of trainings, all pointing one way: with fewer, another seed may turn a difference round
_SILENT = ("none",)  # sources that tell nothing of the structure
Where: TypeAlias = Callable[[Cell], bool]


@dataclass(frozen=True, slots=True)
class Effect:
    """Difference of two choices, everything else being equal.

    Args:
        question: What it answers.
        one: The choice.
        other: What it is compared with.
        run: Modalities that were shown.
        difference: Mean DSC of the one less that of the other, with its interval.
        pairs: Pairs of trainings behind it.
        agreeing: Pairs of them that point the same way as the difference.
    """

    question: str
    one: str
    other: str
    run: str
    difference: Estimate
    pairs: int
    agreeing: int

    @property
    def is_seen(self) -> bool:
        """True where the interval over patients leaves no doubt about the measured trainings."""
        return difference_in_words(self.difference).startswith(("better", "worse"))

    @property
    def is_repeated(self) -> bool:
        """True where at least three pairs of trainings point one way, all of them."""
        return self.pairs >= _FEWEST_PAIRS and self.agreeing == self.pairs

    @property
    def sentence(self) -> str:
        """The difference in words: better or worse only where the interval leaves no doubt."""
        where = "" if self.run == ALL else f", {self.run}"
        pairs = "one pair of trainings" if self.pairs == 1 else f"so in {self.agreeing} of {self.pairs} pairs"
        said = difference_in_words(self.difference)
        return f"{self.one} against {self.other}{where}: {said} ({pairs})"


def measure_of(comparison: Comparison) -> SegmentMeasure:
    """Estimates over the groups of the measured cases."""
    named = zip(comparison.cases, comparison.groups, strict=True)
    cases = [Case(case, group, Provenance("comparison")) for case, group in named]
    return SegmentMeasure(cases, 0, RESAMPLES, {})


def score(comparison: Comparison, results: Sequence[CellResult], run: str = ALL) -> Estimate:
    """Mean DSC of some trainings of one kind, averaged over seeds."""
    return measure_of(comparison).mean_dsc(_mean([one.of_run(run) for one in results]))


def runs_of(comparison: Comparison, prefix: str = "without ") -> list[str]:
    """Runs of a kind, in the order in which they come first."""
    return list(dict.fromkeys(run for one in comparison.results for run in one.dsc if run.startswith(prefix)))


def effects(comparison: Comparison) -> list[Effect]:
    """Every difference that the trainings allow, those of all modalities first of each question."""
    runs = (ALL, *runs_of(comparison))
    made = [
        *_by_factor(comparison, "Did text help?", "source", _SILENT, (ALL,)),
        *_by_factor(comparison, "Does it matter what the sentences say?", "source", ("shuffled",), (ALL,)),
        *_by_factor(comparison, "Does where modalities meet matter?", "fusion", ("early",), runs),
        *_by_factor(comparison, "Does the backbone matter?", "backbone", ("cnn",), runs),
        *_against_baselines(comparison, runs),
    ]
    return [one for one in made if one.difference.value is not None]


def summary(found: Sequence[Effect]) -> str:
    """One sentence on text, fusion and backbone; one is called better only where patients and trainings agree on it.

    Args:
        found: What `effects` gave.

    Example:
        >>> clear = Effect("", "late", "early", ALL, Estimate(0.1, 0.05, 0.2, 0.0, n=9, groups=9), 3, 3)
        >>> summary([clear])
        'Here late did better than early.'
    """
    asked = [one for one in found if one.run == ALL and one.other in (*_SILENT, "early", "cnn")]
    return f"Here {'; '.join(map(_verdict, asked))}." if asked else ""


def _verdict(effect: Effect) -> str:
    other = "no text" if effect.other in _SILENT else effect.other
    if not effect.is_seen:
        return f"there is no clear difference between {effect.one} and {other}"
    better = (effect.difference.value or 0.0) > 0
    if effect.is_repeated:
        return f"{effect.one} did {'better' if better else 'worse'} than {other}"
    few = f"in {effect.agreeing} of {effect.pairs} pair{'s' * (effect.pairs != 1)} of trainings"
    return (
        f"{effect.one} scored {'higher' if better else 'lower'} than {other} {few}, which another seed may turn round"
    )


def sentence_effects(comparison: Comparison) -> list[tuple[str, str, Estimate, Estimate]]:
    """Training and kind of sentence -> mean DSC, and less that of the plain name; seeds are averaged."""
    measure, name = measure_of(comparison), "sentence label-name"
    found = []
    for training, results in by_name(comparison.results).items():
        probed = [one for one in results if name in one.dsc]
        for run in runs_of(replace(comparison, results=probed), "sentence "):
            dsc, plain = (_mean([one.of_run(asked) for one in probed]) for asked in (run, name))
            kind = run.removeprefix("sentence ")
            found.append((training, kind, measure.mean_dsc(dsc), measure.difference(dsc, plain)))
    return found


def by_name(results: Sequence[CellResult]) -> dict[str, list[CellResult]]:
    """Name of a training -> its results, one a seed."""
    named: dict[str, list[CellResult]] = {}
    for one in results:
        named.setdefault(one.cell.name, []).append(one)
    return named


def _by_factor(
    comparison: Comparison, question: str, factor: str, bases: Sequence[str], runs: Sequence[str]
) -> Iterator[Effect]:
    """Each level of a factor against a base level, over the pairs that agree in everything else."""
    ours = [one for one in comparison.results if one.cell.network == OURS]
    levels = list(dict.fromkeys(getattr(one.cell, factor) for one in ours))
    for base in (level for level in bases if level in levels):
        for level in levels:
            if level in (*bases, *(_SILENT if factor == "source" else ())):
                continue
            pairs = _pairs(ours, factor, level, base)
            yield from (_effect(comparison, question, (level, base), run, pairs) for run in runs if pairs)


def _against_baselines(comparison: Comparison, runs: Sequence[str]) -> Iterator[Effect]:
    """Our best training against each baseline; which one is best is told by the held-out cases, never by these."""
    ours = by_name([one for one in comparison.results if one.cell.network == OURS])
    others = by_name([one for one in comparison.results if one.cell.network != OURS])
    if not ours:
        return
    best = max(ours, key=lambda name: float(np.mean([one.validation for one in ours[name]])))
    for name, of_name in others.items():
        pairs = [(one, other) for one in ours[best] for other in of_name if one.cell.seed == other.cell.seed]
        if not pairs:
            continue
        labels = (f"ours ({best})", name)
        yield from (_effect(comparison, "Is it as good as a plain network?", labels, run, pairs) for run in runs)


def _pairs(results: Sequence[CellResult], factor: str, one: str, other: str) -> list[tuple[CellResult, CellResult]]:
    def rest(cell: Cell) -> tuple[object, ...]:
        return tuple(getattr(cell, name) for name in ("source", "fusion", "backbone", "seed") if name != factor)

    bases = {rest(found.cell): found for found in results if getattr(found.cell, factor) == other}
    levels = [found for found in results if getattr(found.cell, factor) == one]
    return [(found, bases[rest(found.cell)]) for found in levels if rest(found.cell) in bases]


def _effect(
    comparison: Comparison,
    question: str,
    labels: tuple[str, str],
    run: str,
    pairs: Sequence[tuple[CellResult, CellResult]],
) -> Effect:
    measure = measure_of(comparison)
    one = _mean([first.of_run(run) for first, _ in pairs])
    other = _mean([second.of_run(run) for _, second in pairs])
    whole = measure.difference(one, other)
    each = [measure.difference(first.of_run(run), second.of_run(run)).value or 0.0 for first, second in pairs]
    agreeing = sum(value * (whole.value or 0.0) > 0 for value in each)
    return Effect(question, *labels, run, whole, len(pairs), agreeing)


def _mean(tables: Sequence[Dsc]) -> Dsc:
    """Structure -> mean of each case; a case without a score in one of them has none."""
    names = list(dict.fromkeys(name for table in tables for name in table))
    return {name: np.mean([table[name] for table in tables if name in table], axis=0) for name in names}
