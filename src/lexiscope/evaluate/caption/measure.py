"""`CaptionMeasure`: scores of captions, each with its chance level and its interval by group."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lexiscope.core.case import Case
from lexiscope.evaluate.caption.attributes import StatedAttributes
from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.metrics.captions import bleu4, cider, rouge_l
from lexiscope.evaluate.statistics import Estimate

_LIKENESS = {"bleu4": bleu4, "rouge_l": rouge_l, "cider": cider}
_DRAWS = 5  # random captions a case, for the chance level


@dataclass(frozen=True)
class DescribedCase:
    """A case with its reference captions.

    Args:
        case: The case.
        references: Captions that are right.
    """

    case: Case
    references: tuple[str, ...]


@dataclass(frozen=True)
class CaptionMeasure:
    """Scores of captions of the same cases.

    Args:
        cases: Cases that were described.
        learned: Cases learned from: random captions come from there, and the values of attributes.
        seed: Seed of random captions and of the bootstrap.
        resamples: Number of resamples.
    """

    cases: Sequence[DescribedCase]
    learned: Sequence[DescribedCase]
    seed: int
    resamples: int

    def all(self, captions: Sequence[str]) -> dict[str, Estimate]:
        """Likeness to the references, and the share of their facts that the captions state."""
        measure = Measure([one.case.group for one in self.cases], self.seed, self.resamples)
        estimates = {
            name: measure.mean(metric(captions, self._references), chance=self._chance[name])
            for name, metric in _LIKENESS.items()
        }
        facts = self._facts(captions)
        if facts:
            estimates["attribute_accuracy"] = self._of_facts(facts)
        return estimates

    def by_attribute(self, captions: Sequence[str]) -> dict[str, Estimate]:
        """Attribute accuracy of each attribute that references state."""
        facts = self._facts(captions)
        names = sorted({fact.name for fact in facts})
        return {name: self._of_facts([fact for fact in facts if fact.name == name]) for name in names}

    @cached_property
    def _references(self) -> list[tuple[str, ...]]:
        return [one.references for one in self.cases]

    @cached_property
    def _reader(self) -> StatedAttributes:
        return StatedAttributes.of(one.case for one in (*self.learned, *self.cases))

    @cached_property
    def _random(self) -> list[list[str]]:
        """Captions of cases learned from, drawn at random: the random-answer baseline."""
        generator = np.random.default_rng(self.seed)
        pool = [text for one in self.learned for text in one.references]
        return [[pool[int(generator.integers(len(pool)))] for _ in self.cases] for _ in range(_DRAWS)]

    @cached_property
    def _chance(self) -> dict[str, float]:
        return {
            name: float(np.mean([metric(drawn, self._references).mean() for drawn in self._random]))
            for name, metric in _LIKENESS.items()
        }

    def _facts(self, captions: Sequence[str]) -> "list[_Fact]":
        return [
            _Fact(
                name,
                one.case.group,
                float(self._reader.stated(name, captions[row]) == true),
                float(np.mean([self._reader.stated(name, drawn[row]) == true for drawn in self._random])),
            )
            for row, one in enumerate(self.cases)
            for name, true in self._reader.true_values(one.case, one.references).items()
        ]

    def _of_facts(self, facts: "Sequence[_Fact]") -> Estimate:
        """Attributes weigh the same, whatever the number of cases that state them."""
        names, right = np.array([fact.name for fact in facts]), np.array([fact.right for fact in facts])

        def statistic(rows: np.ndarray) -> float:
            return float(np.mean([right[rows][names[rows] == name].mean() for name in np.unique(names[rows])]))

        by_chance = np.array([fact.chance for fact in facts])
        chance = float(np.mean([by_chance[names == name].mean() for name in np.unique(names)]))
        return Measure([fact.group for fact in facts], self.seed, self.resamples).of(statistic, chance=chance)


@dataclass(frozen=True, slots=True)
class _Fact:
    """A value that a reference states: whether the caption states it, and how often random captions do."""

    name: str
    group: str
    right: float
    chance: float
