"""The scores of a set of captions, each with its chance level and its interval by group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lexiscope.core.case import Case
from lexiscope.evaluate.caption.attributes import StatedAttributes
from lexiscope.evaluate.metrics.captions import bleu4, cider, rouge_l
from lexiscope.evaluate.statistics import bootstrap_by_group

Metrics = dict[str, dict[str, float | None]]
_LIKENESS = {"bleu4": bleu4, "rouge_l": rouge_l, "cider": cider}
_DRAWS = 5  # random captions a case, for the chance level


@dataclass(frozen=True)
class DescribedCase:
    """A case with its reference captions."""

    case: Case
    references: tuple[str, ...]


@dataclass(frozen=True)
class CaptionMeasure:
    """Scores captions of the same cases.

    Args:
        cases: What was captioned.
        learned: What was learned from: random captions come from there, and the values of attributes.
    """

    cases: Sequence[DescribedCase]
    learned: Sequence[DescribedCase]
    seed: int
    resamples: int

    def all(self, captions: Sequence[str]) -> Metrics:
        """Likeness to the references, and the share of their facts that the captions state."""
        found = {
            name: self._estimate(metric(captions, self._references), chance=self._chance[name])
            for name, metric in _LIKENESS.items()
        }
        facts = self._facts(captions)
        if facts:
            found["attribute_accuracy"] = self._of_facts(facts)
        return found

    def by_attribute(self, captions: Sequence[str]) -> Metrics:
        """Attribute accuracy of each attribute that references state."""
        facts = self._facts(captions)
        return {name: self._of_facts([fact for fact in facts if fact.name == name]) for name in self._named(facts)}

    @cached_property
    def _references(self) -> list[tuple[str, ...]]:
        return [one.references for one in self.cases]

    @cached_property
    def _reader(self) -> StatedAttributes:
        return StatedAttributes.of(one.case for one in (*self.learned, *self.cases))

    @cached_property
    def _luck(self) -> list[list[str]]:
        """Captions of training cases drawn at random."""
        generator = np.random.default_rng(self.seed)
        pool = [text for one in self.learned for text in one.references]
        return [[pool[int(generator.integers(len(pool)))] for _ in self.cases] for _ in range(_DRAWS)]

    @cached_property
    def _chance(self) -> dict[str, float]:
        return {
            name: float(np.mean([metric(drawn, self._references).mean() for drawn in self._luck]))
            for name, metric in _LIKENESS.items()
        }

    def _facts(self, captions: Sequence[str]) -> "list[_Fact]":
        luck = self._luck
        return [
            _Fact(
                name,
                one.case.group,
                float(self._reader.stated(name, captions[row]) == true),
                float(np.mean([self._reader.stated(name, drawn[row]) == true for drawn in luck])),
            )
            for row, one in enumerate(self.cases)
            for name, true in self._reader.asked(one.case, one.references).items()
        ]

    def _named(self, facts: "Sequence[_Fact]") -> list[str]:
        return sorted({fact.name for fact in facts})

    def _of_facts(self, facts: "Sequence[_Fact]") -> dict[str, float | None]:
        """Attributes weigh the same, whatever the number of cases that state them."""
        names, right = np.array([fact.name for fact in facts]), np.array([fact.right for fact in facts])

        def statistic(rows: np.ndarray) -> float:
            return float(np.mean([right[rows][names[rows] == name].mean() for name in np.unique(names[rows])]))

        luck = np.array([fact.luck for fact in facts])
        chance = float(np.mean([luck[names == name].mean() for name in np.unique(names)]))
        return self._bootstrap(np.arange(len(facts)), [fact.group for fact in facts], statistic, chance)

    def _estimate(self, values: np.ndarray, *, chance: float) -> dict[str, float | None]:
        groups = [one.case.group for one in self.cases]
        return self._bootstrap(values, groups, lambda some: float(np.mean(some)), chance)

    def _bootstrap(
        self, values: np.ndarray, groups: Sequence[str], statistic: Callable[[np.ndarray], float], chance: float
    ) -> dict[str, float | None]:
        found = bootstrap_by_group(
            values, groups, chance=chance, statistic=statistic, seed=self.seed, resamples=self.resamples
        )
        return found.to_dict()


@dataclass(frozen=True, slots=True)
class _Fact:
    """A value that a reference states: whether the caption does, and how often random captions do."""

    name: str
    group: str
    right: float
    luck: float
