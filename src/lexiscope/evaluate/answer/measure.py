"""The scores of a set of answers, each with its chance level and its interval by group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lexiscope.answering.examples import InstructionExample
from lexiscope.corpus.wording import words_of
from lexiscope.evaluate.answer.baselines import CLOSED, BaselineAnswers
from lexiscope.evaluate.metrics.answers import area_under_risk_coverage, exact_match, token_f1
from lexiscope.evaluate.statistics import bootstrap_by_group

Metrics = dict[str, dict[str, float | None]]
_ENOUGH = 5  # questions of one kind, opening word or topic, to be a row of a table


@dataclass(frozen=True)
class AnswerMeasure:
    """Scores answers to the same questions.

    Args:
        asked: The questions with their true answers.
        guesses: Answers drawn at random several times: the chance level of every score.
    """

    asked: Sequence[InstructionExample]
    guesses: Sequence[BaselineAnswers]
    seed: int
    resamples: int

    def all(self, given: BaselineAnswers) -> Metrics:
        """Every score that the questions allow."""
        right = self.right(given)
        closed, opened = self._rows(closed=True), self._rows(closed=False)
        found = {"exact_match": self._mean(given, exact_match, np.arange(len(self.asked)))}
        if len(closed):
            found["closed_accuracy"] = self._mean(given, exact_match, closed)
            found["closed_balanced_accuracy"] = self._balanced(given, closed)
        if len(opened):
            found["open_exact_match"] = self._mean(given, exact_match, opened)
            found["open_f1"] = self._mean(given, token_f1, opened)
        scores = np.array(given.scores)
        found["risk_coverage_area"] = self._estimate(
            lambda rows: area_under_risk_coverage(scores[rows], right[rows]),
            np.arange(len(self.asked)),
            chance=float(1 - right.mean()),
        )
        return found

    def right(self, given: BaselineAnswers) -> Float[np.ndarray, " n"]:
        """How right each answer is: exactly for closed questions, by shared words for others."""
        exact, shared = self._values(given, exact_match), self._values(given, token_f1)
        closed = np.isin(np.arange(len(self.asked)), self._rows(closed=True))
        return np.where(closed, exact, shared)

    def by_kind(self, given: BaselineAnswers) -> dict[str, dict[str, float | None]]:
        """How right answers are by kind of question, and by the word it opens with where enough do."""
        openings = [f"{(words_of(example.question) or [''])[0]} ..." for example in self.asked]
        names = [(example.kind, opening) for example, opening in zip(self.asked, openings, strict=True)]
        return self._by_name(given, names)

    def by_topic(self, given: BaselineAnswers) -> dict[str, dict[str, float | None]]:
        """How right answers are by what the set says that questions are about; a question may count for several."""
        return self._by_name(given, [example.topics for example in self.asked])

    def difference(self, given: BaselineAnswers, other: BaselineAnswers) -> Metrics:
        """By how much one set of answers beats another, on the same questions and resampled groups."""
        found = {}
        for name, metric, closed in (("closed_accuracy", exact_match, True), ("open_f1", token_f1, False)):
            rows = self._rows(closed=closed)
            if len(rows):
                gained = self._values(given, metric) - self._values(other, metric)
                found[name] = self.part(gained, rows, chance=0.0)
        return found

    def part(
        self, values: Float[np.ndarray, " n"], rows: Sequence[int] | np.ndarray, *, chance: float
    ) -> dict[str, float | None]:
        """The mean of some of the values."""
        return self._estimate(lambda chosen: float(values[chosen].mean()), np.asarray(rows), chance=chance)

    def _by_name(self, given: BaselineAnswers, names: Sequence[Sequence[str]]) -> dict[str, dict[str, float | None]]:
        right = self.right(given)
        chance = np.mean([self.right(guess) for guess in self.guesses], axis=0)
        found: dict[str, list[int]] = {}
        for row, own in enumerate(names):
            for name in own:
                found.setdefault(name, []).append(row)
        return {
            name: {**self.part(right, rows, chance=float(chance[rows].mean())), "n": len(rows)}
            for name, rows in sorted(found.items())
            if len(rows) >= _ENOUGH
        }

    def _rows(self, *, closed: bool) -> np.ndarray:
        return np.flatnonzero([(example.kind in CLOSED) == closed for example in self.asked])

    def _values(self, given: BaselineAnswers, metric: Callable[[str, str], float]) -> np.ndarray:
        return np.array(
            [metric(answer, example.answer) for answer, example in zip(given.answers, self.asked, strict=True)]
        )

    def _mean(
        self, given: BaselineAnswers, metric: Callable[[str, str], float], rows: np.ndarray
    ) -> dict[str, float | None]:
        chance = np.mean([self._values(guess, metric)[rows].mean() for guess in self.guesses])
        return self.part(self._values(given, metric), rows, chance=float(chance))

    def _balanced(self, given: BaselineAnswers, rows: np.ndarray) -> dict[str, float | None]:
        """Mean over the true answers that occur of the share found, so that always saying "yes" gains nothing."""
        right = self._values(given, exact_match)
        truth = np.array([" ".join(words_of(example.answer)) for example in self.asked])

        def statistic(chosen: np.ndarray) -> float:
            return float(np.mean([right[chosen][truth[chosen] == one].mean() for one in np.unique(truth[chosen])]))

        return self._estimate(statistic, rows, chance=1 / len(np.unique(truth[rows])))

    def _estimate(
        self, statistic: Callable[[np.ndarray], float], rows: np.ndarray, *, chance: float
    ) -> dict[str, float | None]:
        groups = [self.asked[row].case.group for row in rows]
        found = bootstrap_by_group(
            rows, groups, chance=chance, statistic=statistic, seed=self.seed, resamples=self.resamples
        )
        return found.to_dict()


def verdict(difference: Mapping[str, Mapping[str, float | None]], *, what: str, than: str) -> str:
    """A difference in words: whether it holds beyond what other patients, papers or specimens would have given."""
    said = []
    for name, found in difference.items():
        value, low, high = found["value"], found["low"], found["high"]
        assert value is not None
        if low is None or high is None:
            said.append(f"{name}: {value:+.3f}, one group, so nothing can be said")
        elif low > 0:
            said.append(f"{name}: better by {value:.3f} ({low:.3f} to {high:.3f})")
        elif high < 0:
            said.append(f"{name}: worse by {-value:.3f} ({-high:.3f} to {-low:.3f})")
        else:
            said.append(f"{name}: {value:+.3f} ({low:+.3f} to {high:+.3f}), no clear difference")
    return f"{what} against {than}: {'; '.join(said)}"
