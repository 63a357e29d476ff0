"""`AnswerMeasure`: scores of answers, each with its chance level and its interval by group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from lexiscope.answering.examples import InstructionExample
from lexiscope.corpus.wording import words_of
from lexiscope.evaluate.answer.baselines import CLOSED, BaselineAnswers
from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.metrics.answers import area_under_risk_coverage, exact_match, token_f1
from lexiscope.evaluate.statistics import Estimate

_ENOUGH = 5  # questions of one kind, opening word or topic, to be a row of a table


@dataclass(frozen=True)
class AnswerMeasure:
    """Scores of answers to the same questions.

    Args:
        examples: Questions with their true answers.
        guesses: Answers drawn at random several times: the chance level of every score.
        seed: Seed of the bootstrap.
        resamples: Number of resamples.
    """

    examples: Sequence[InstructionExample]
    guesses: Sequence[BaselineAnswers]
    seed: int
    resamples: int

    def all(self, given: BaselineAnswers) -> dict[str, Estimate]:
        """Every score that the questions allow."""
        right = self.right(given)
        closed, opened = self._rows(closed=True), self._rows(closed=False)
        estimates = {"exact_match": self._mean(given, exact_match, np.arange(len(self.examples)))}
        if len(closed):
            estimates["closed_accuracy"] = self._mean(given, exact_match, closed)
            estimates["closed_balanced_accuracy"] = self._balanced(given, closed)
        if len(opened):
            estimates["open_exact_match"] = self._mean(given, exact_match, opened)
            estimates["open_f1"] = self._mean(given, token_f1, opened)
        scores = np.array(given.scores)
        estimates["risk_coverage_area"] = self._measure.of(
            lambda rows: area_under_risk_coverage(scores[rows], right[rows]), chance=float(1 - right.mean())
        )
        return estimates

    def right(self, given: BaselineAnswers) -> Float[np.ndarray, " n"]:
        """Correctness of each answer: exactly for closed questions, by shared words for others."""
        exact, shared = self._values(given, exact_match), self._values(given, token_f1)
        closed = np.isin(np.arange(len(self.examples)), self._rows(closed=True))
        return np.where(closed, exact, shared)

    def by_kind(self, given: BaselineAnswers) -> dict[str, Estimate]:
        """Correctness of answers by kind of question, and by the word it opens with where enough do."""
        openings = [f"{(words_of(example.question) or [''])[0]} ..." for example in self.examples]
        names = [(example.kind, opening) for example, opening in zip(self.examples, openings, strict=True)]
        return self._by_name(given, names)

    def by_topic(self, given: BaselineAnswers) -> dict[str, Estimate]:
        """Correctness of answers by what the set says that questions are about; a question may count for several."""
        return self._by_name(given, [example.topics for example in self.examples])

    def difference(self, given: BaselineAnswers, other: BaselineAnswers) -> dict[str, Estimate]:
        """By how much one set of answers beats another, on the same questions and resampled groups."""
        estimates = {}
        for name, metric, closed in (("closed_accuracy", exact_match, True), ("open_f1", token_f1, False)):
            rows = self._rows(closed=closed)
            if len(rows):
                gained = self._values(given, metric) - self._values(other, metric)
                estimates[name] = self.part(gained, rows, chance=0.0)
        return estimates

    def part(self, values: Float[np.ndarray, " n"], rows: Sequence[int] | np.ndarray, *, chance: float) -> Estimate:
        """The mean of some of the values."""
        return self._measure.mean(values, rows=np.asarray(rows), chance=chance)

    def _by_name(self, given: BaselineAnswers, names: Sequence[Sequence[str]]) -> dict[str, Estimate]:
        right = self.right(given)
        chance = np.mean([self.right(guess) for guess in self.guesses], axis=0)
        members: dict[str, list[int]] = {}
        for row, some in enumerate(names):
            for name in some:
                members.setdefault(name, []).append(row)
        return {
            name: self.part(right, rows, chance=float(chance[rows].mean()))
            for name, rows in sorted(members.items())
            if len(rows) >= _ENOUGH
        }

    def _rows(self, *, closed: bool) -> np.ndarray:
        return np.flatnonzero([(example.kind in CLOSED) == closed for example in self.examples])

    def _values(self, given: BaselineAnswers, metric: Callable[[str, str], float]) -> np.ndarray:
        return np.array(
            [metric(answer, example.answer) for answer, example in zip(given.answers, self.examples, strict=True)]
        )

    def _mean(self, given: BaselineAnswers, metric: Callable[[str, str], float], rows: np.ndarray) -> Estimate:
        chance = np.mean([self._values(guess, metric)[rows].mean() for guess in self.guesses])
        return self.part(self._values(given, metric), rows, chance=float(chance))

    def _balanced(self, given: BaselineAnswers, rows: np.ndarray) -> Estimate:
        """Mean over the true answers that occur of the share found, so that always saying "yes" gains nothing."""
        right = self._values(given, exact_match)
        truth = np.array([" ".join(words_of(example.answer)) for example in self.examples])

        def statistic(chosen: np.ndarray) -> float:
            return float(np.mean([right[chosen][truth[chosen] == one].mean() for one in np.unique(truth[chosen])]))

        return self._measure.of(statistic, rows=rows, chance=1 / len(np.unique(truth[rows])))

    @cached_property
    def _measure(self) -> Measure:
        return Measure([example.case.group for example in self.examples], self.seed, self.resamples)
