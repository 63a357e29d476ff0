"""`AssistantMeasure`: four scores of answers by level of question and of context, with chance and interval."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.core.turn import TURN_LEVELS
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.judges.judge import JudgeScore
from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.metrics.assistant import polarity
from lexiscope.evaluate.statistics import Estimate
from lexiscope.language.text.context import AS_PUBLISHED, LEVELS
from lexiscope.language.text.lexicon import Lexicon

LEAST, MOST = "none", "full"  # the levels between which sensitivity to context is measured
ALL_TOLD = AS_PUBLISHED[-1]
SENSITIVITY = "context_sensitivity"
SCORES = ("overall_quality", "feature_identification", "defect_accuracy")


@dataclass(frozen=True)
class ScoredAnswer:
    """Scores of some answers, one number an item; NaN where the score does not apply or the judge gave no score."""

    overall_quality: Float[np.ndarray, " n"]
    feature_identification: Float[np.ndarray, " n"]
    defect_accuracy: Float[np.ndarray, " n"]

    @classmethod
    def of(
        cls,
        items: Sequence[ContextualQuestion],
        answers: Sequence[str],
        scores: Sequence[JudgeScore | None],
        lexicon: Lexicon,
    ) -> "ScoredAnswer":
        """Make scores from answers and what a judge says of them; whether defects are right needs no judge."""
        right = [
            np.nan if one.truth is None else float(polarity(one.turn.question, answer, lexicon) is one.truth)
            for one, answer in zip(items, answers, strict=True)
        ]
        quality = [np.nan if score is None else score.quality for score in scores]
        features = [np.nan if one is None or one.features is None else float(one.features) for one in scores]
        return cls(np.array(quality), np.array(features), np.array(right))


@dataclass(frozen=True)
class AssistantMeasure:
    """Scores of answers to the same items.

    Scores count the items whose context does not tell the answer; those as published stand beside them, by context.

    Args:
        items: Questions at every level of context.
        random: Random answers to the items, scored several times: the chance level; none where the judge has none.
        seed: Seed of the bootstrap.
        resamples: Number of resamples.
    """

    items: Sequence[ContextualQuestion]
    random: Sequence[ScoredAnswer]
    seed: int
    resamples: int

    def all(self, scored: ScoredAnswer) -> dict[str, Estimate]:
        """The four scores, each with its parts."""
        scores = {name: self._with_parts(scored, name) for name in SCORES}
        defects = scores["defect_accuracy"]
        balanced = self._balanced(scored.defect_accuracy)
        scores["defect_accuracy"] = replace(defects, parts={**defects.parts, "balanced": balanced})
        first, *others = SCORES
        return {first: scores[first], SENSITIVITY: self._sensitivity(scored), **{name: scores[name] for name in others}}

    def difference(self, scored: ScoredAnswer, other: ScoredAnswer) -> dict[str, Estimate]:
        """By how much one set of answers beats another, on the same items and resampled groups."""
        differences = {name: getattr(scored, name) - getattr(other, name) for name in SCORES}
        gains = [self._paired(one.overall_quality, MOST) for one in (scored, other)]
        differences[SENSITIVITY] = gains[0] - gains[1]
        return {name: self.estimate(values, chance=0.0) for name, values in differences.items()}

    def estimate(
        self,
        values: Float[np.ndarray, " n"],
        random: Sequence[Float[np.ndarray, " n"]] = (),
        *,
        chance: float | None = None,
    ) -> Estimate:
        """The mean over the answer-free items of any value.

        Args:
            values: One number an item; NaN where there is none.
            random: The same numbers of random answers, once for each draw.
            chance: Chance level in their place.
        """
        level = partial(_chance, random) if chance is None else chance
        return self._measure.mean(values, chance=level, rows=np.flatnonzero(self._answer_free))

    def _with_parts(self, scored: ScoredAnswer, name: str) -> Estimate:
        values, random = getattr(scored, name), [getattr(one, name) for one in self.random]

        def part(mask: Bool[np.ndarray, " n"]) -> Estimate:
            return self._measure.mean(values, chance=partial(_chance, random), rows=np.flatnonzero(mask))

        levels = np.array([item.turn.level for item in self.items])
        contexts = np.array([item.at for item in self.items])
        by_level = {level: part((levels == level) & self._answer_free) for level in TURN_LEVELS}
        by_context = {at: part(contexts == at) for at in (*LEVELS, *AS_PUBLISHED) if at in contexts}
        return replace(self.estimate(values, random), parts={"by_level": by_level, "by_context": by_context})

    def _sensitivity(self, scored: ScoredAnswer) -> Estimate:
        """Mean of a score with more context less the mean with none, on the same questions."""
        quality = SCORES[0]
        parts = {
            "by_level": {level: self._gained(scored, quality, MOST, level) for level in TURN_LEVELS},
            "by_context": {
                at: self._gained(scored, quality, at, None) for at in (*LEVELS, *AS_PUBLISHED) if at != LEAST
            },
            "as_published": {name: self._gained(scored, name, ALL_TOLD, None) for name in SCORES},
            **{name: self._gained(scored, name, MOST, None) for name in SCORES[1:]},
        }
        return replace(self._gained(scored, quality, MOST, None), parts=parts)

    def _gained(self, scored: ScoredAnswer, name: str, at: str, level: str | None) -> Estimate:
        """Rows are the items without context; each is compared with the same turn at the other level."""
        gains = self._paired(getattr(scored, name), at)
        random = [self._paired(getattr(one, name), at) for one in self.random]
        rows = np.flatnonzero([item.at == LEAST and level in (None, item.turn.level) for item in self.items])
        return self._measure.mean(gains, chance=partial(_chance, random), rows=rows)

    def _paired(self, values: Float[np.ndarray, " n"], at: str) -> Float[np.ndarray, " n"]:
        gains = np.full(len(values), np.nan)
        for rows in self._turns.values():
            if LEAST in rows and at in rows:
                gains[rows[LEAST]] = values[rows[at]] - values[rows[LEAST]]
        return gains

    def _balanced(self, right: Float[np.ndarray, " n"]) -> Estimate:
        """Mean of the shares found of yes and of no, so that always saying "yes" gains nothing."""
        truth = np.array([item.truth for item in self.items], dtype=object)

        def statistic(rows: np.ndarray) -> float:
            return float(np.mean([right[rows][truth[rows] == one].mean() for one in set(truth[rows])]))

        return self._measure.of(statistic, rows=np.flatnonzero(~np.isnan(right) & self._answer_free), chance=0.5)

    @cached_property
    def _answer_free(self) -> Bool[np.ndarray, " n"]:
        return np.array([item.at in LEVELS for item in self.items])

    @cached_property
    def _measure(self) -> Measure:
        return Measure([item.case.group for item in self.items], self.seed, self.resamples)

    @cached_property
    def _turns(self) -> dict[tuple[str, str, str], dict[str, int]]:
        """Turn -> level of context -> row."""
        turns: dict[tuple[str, str, str], dict[str, int]] = {}
        for row, item in enumerate(self.items):
            turns.setdefault((item.case.id, item.turn.question, item.turn.answer), {})[item.at] = row
        return turns


def _chance(random: Sequence[Float[np.ndarray, " n"]], rows: np.ndarray) -> float | None:
    """Chance level: what random answers to the same items give on average."""
    drawn = [one[rows] for one in random]
    kept = np.concatenate([one[~np.isnan(one)] for one in drawn]) if drawn else np.empty(0)
    return float(kept.mean()) if len(kept) else None
