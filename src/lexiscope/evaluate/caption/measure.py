"""`CaptionMeasure`: scores of captions, each with its chance level and its interval by group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.metrics.captions import bleu4, cider, rouge_l
from lexiscope.evaluate.statistics import Estimate
from lexiscope.language.text.stated_attributes import DescribedCase, StatedAttributes, StatedFact

_LIKENESS = {"bleu4": bleu4, "rouge_l": rouge_l, "cider": cider}
_DRAWS = 5  # random captions a case, for the chance level


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
        names = sorted({fact.attribute for fact in facts})
        return {name: self._of_facts([fact for fact in facts if fact.attribute == name]) for name in names}

    def difference(self, captions: Sequence[str], others: Sequence[str]) -> dict[str, Estimate]:
        """Attribute accuracy of captions less that of others about the same cases, on the same resampled groups."""
        facts, beside = self._facts(captions), self._facts(others)
        if not facts:
            return {}
        gained = np.array([float(one.right) - other.right for one, other in zip(facts, beside, strict=True)])
        return {"attribute_accuracy": self._of_values(facts, gained, chance=0.0)}

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

    def _facts(self, captions: Sequence[str]) -> list[StatedFact]:
        return list(self._reader.facts(self.cases, captions))

    @cached_property
    def _by_chance(self) -> dict[tuple[str, int], float]:
        """Attribute and row -> how often random captions state the value."""
        drawn = [self._facts(captions) for captions in self._random]
        return {
            (facts[0].attribute, facts[0].row): float(np.mean([fact.right for fact in facts]))
            for facts in zip(*drawn, strict=True)
        }

    def _of_facts(self, facts: Sequence[StatedFact]) -> Estimate:
        right = np.array([fact.right for fact in facts], dtype=float)
        by_chance = np.array([self._by_chance[fact.attribute, fact.row] for fact in facts])
        return self._of_values(facts, right, chance=self._statistic(facts, by_chance)(np.arange(len(facts))))

    def _of_values(self, facts: Sequence[StatedFact], values: np.ndarray, *, chance: float) -> Estimate:
        measure = Measure([self.cases[fact.row].case.group for fact in facts], self.seed, self.resamples)
        return measure.of(self._statistic(facts, values), chance=chance)

    @staticmethod
    def _statistic(facts: Sequence[StatedFact], values: np.ndarray) -> Callable[[np.ndarray], float]:
        """Mean in which attributes weigh the same, whatever the number of cases that state them."""
        names = np.array([fact.attribute for fact in facts])

        def statistic(rows: np.ndarray) -> float:
            return float(np.mean([values[rows][names[rows] == name].mean() for name in np.unique(names[rows])]))

        return statistic
