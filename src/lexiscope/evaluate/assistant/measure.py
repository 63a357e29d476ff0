"""The four scores of a set of answers, by level of question and of context, with chance and intervals by group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.core.turn import TURN_LEVELS
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.judges.judge import JudgeScore
from lexiscope.evaluate.metrics.assistant import polarity
from lexiscope.evaluate.statistics import bootstrap_by_group
from lexiscope.language.text.context import LEVELS
from lexiscope.language.text.lexicon import Lexicon

LEAST, MOST = "none", "full"  # the levels between which sensitivity to context is measured
SCORES = ("overall_quality", "feature_identification", "defect_accuracy")
_NOTHING = {"value": None, "low": None, "high": None, "chance": None, "n": 0, "groups": 0}


@dataclass(frozen=True)
class ScoredAnswer:
    """Answers as scored, one number an item; NaN where the score does not apply or the judge gave no mark."""

    overall_quality: Float[np.ndarray, " n"]
    feature_identification: Float[np.ndarray, " n"]
    defect_accuracy: Float[np.ndarray, " n"]

    @classmethod
    def of(
        cls,
        items: Sequence[ContextualQuestion],
        answers: Sequence[str],
        marks: Sequence[JudgeScore | None],
        lexicon: Lexicon,
    ) -> "ScoredAnswer":
        """From what was answered and what a judge says of it; whether defects are right needs no judge."""
        right = [
            np.nan if one.truth is None else float(polarity(one.turn.question, answer, lexicon) is one.truth)
            for one, answer in zip(items, answers, strict=True)
        ]
        quality = [np.nan if mark is None else mark.quality for mark in marks]
        features = [np.nan if mark is None or mark.features is None else float(mark.features) for mark in marks]
        return cls(np.array(quality), np.array(features), np.array(right))


@dataclass(frozen=True)
class AssistantMeasure:
    """Scores answers to the same items.

    Args:
        luck: Random answers to the items, scored several times: the chance level; none where the judge has none.
    """

    items: Sequence[ContextualQuestion]
    luck: Sequence[ScoredAnswer]
    seed: int
    resamples: int

    def all(self, scored: ScoredAnswer) -> dict[str, Any]:
        """The four scores, each with its parts."""
        found: dict[str, Any] = {name: self._parts(scored, name) for name in SCORES}
        found["defect_accuracy"]["balanced"] = self._balanced(scored.defect_accuracy)
        found["context_sensitivity"] = self._sensitivity(scored)
        return {name: found[name] for name in ("overall_quality", "context_sensitivity", *SCORES[1:])}

    def difference(self, scored: ScoredAnswer, other: ScoredAnswer) -> dict[str, Any]:
        """By how much one set of answers beats another, on the same items and resampled groups."""
        return {
            name: self._mean(getattr(scored, name) - getattr(other, name), self._everything, chance=lambda _: 0.0)
            for name in SCORES
        }

    def estimate(self, values: Float[np.ndarray, " n"], luck: Sequence[Float[np.ndarray, " n"]] = ()) -> dict[str, Any]:
        """The mean over the items of any value."""
        return self._mean(values, self._everything, chance=lambda rows: _chance(luck, rows))

    def _parts(self, scored: ScoredAnswer, name: str) -> dict[str, Any]:
        values, luck = getattr(scored, name), [getattr(one, name) for one in self.luck]

        def part(mask: Bool[np.ndarray, " n"]) -> dict[str, Any]:
            return self._mean(values, mask, chance=lambda rows: _chance(luck, rows))

        levels = np.array([item.turn.level for item in self.items])
        contexts = np.array([item.at for item in self.items])
        return {
            **part(self._everything),
            "by_level": {level: part(levels == level) for level in TURN_LEVELS},
            "by_context": {at: part(contexts == at) for at in LEVELS if at in contexts},
        }

    def _sensitivity(self, scored: ScoredAnswer) -> dict[str, Any]:
        """Mean of a score with more context less the mean with none, on the same questions."""
        whole = self._gained(scored, "overall_quality", MOST, None)
        levels = {level: self._gained(scored, "overall_quality", MOST, level) for level in TURN_LEVELS}
        contexts = {at: self._gained(scored, "overall_quality", at, None) for at in LEVELS if at != LEAST}
        others = {name: self._gained(scored, name, MOST, None) for name in SCORES[1:]}
        return {**whole, "by_level": levels, "by_context": contexts, **others}

    def _gained(self, scored: ScoredAnswer, name: str, at: str, level: str | None) -> dict[str, Any]:
        """Rows are the items without context; each is compared with the same turn at the other level."""
        gains = self._paired(getattr(scored, name), at)
        luck = [self._paired(getattr(one, name), at) for one in self.luck]
        mask = np.array([item.at == LEAST and level in (None, item.turn.level) for item in self.items])
        return self._mean(gains, mask, chance=lambda rows: _chance(luck, rows))

    def _paired(self, values: Float[np.ndarray, " n"], at: str) -> Float[np.ndarray, " n"]:
        gains = np.full(len(values), np.nan)
        for rows in self._turns.values():
            if LEAST in rows and at in rows:
                gains[rows[LEAST]] = values[rows[at]] - values[rows[LEAST]]
        return gains

    def _balanced(self, right: Float[np.ndarray, " n"]) -> dict[str, Any]:
        """Mean of the shares found of yes and of no, so that always saying "yes" gains nothing."""
        truth = np.array([item.truth for item in self.items], dtype=object)

        def statistic(chosen: np.ndarray) -> float:
            rows = chosen.astype(int)
            return float(np.mean([right[rows][truth[rows] == one].mean() for one in set(truth[rows])]))

        return self._bootstrap(np.flatnonzero(~np.isnan(right)), statistic, chance=lambda _: 0.5)

    def _mean(
        self,
        values: Float[np.ndarray, " n"],
        mask: Bool[np.ndarray, " n"],
        *,
        chance: Callable[[np.ndarray], float | None],
    ) -> dict[str, Any]:
        rows = np.flatnonzero(mask & ~np.isnan(values))
        return self._bootstrap(rows, lambda chosen: float(values[chosen.astype(int)].mean()), chance=chance)

    def _bootstrap(
        self,
        rows: np.ndarray,
        statistic: Callable[[np.ndarray], float],
        *,
        chance: Callable[[np.ndarray], float | None],
    ) -> dict[str, Any]:
        if not len(rows):
            return dict(_NOTHING)
        groups = [self.items[row].case.group for row in rows]
        found = bootstrap_by_group(
            rows, groups, chance=0.0, statistic=statistic, seed=self.seed, resamples=self.resamples
        )
        return {**found.to_dict(), "chance": chance(rows), "n": len(rows), "groups": len(set(groups))}

    @cached_property
    def _everything(self) -> Bool[np.ndarray, " n"]:
        return np.ones(len(self.items), dtype=bool)

    @cached_property
    def _turns(self) -> dict[tuple[str, str, str], dict[str, int]]:
        """Turn -> level of context -> row."""
        found: dict[tuple[str, str, str], dict[str, int]] = {}
        for row, item in enumerate(self.items):
            found.setdefault((item.case.id, item.turn.question, item.turn.answer), {})[item.at] = row
        return found


def _chance(luck: Sequence[Float[np.ndarray, " n"]], rows: np.ndarray) -> float | None:
    """What random answers to the same items give on average."""
    drawn = [one[rows] for one in luck]
    kept = np.concatenate([one[~np.isnan(one)] for one in drawn]) if drawn else np.empty(0)
    return float(kept.mean()) if len(kept) else None


def apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool | None:
    """Whether two intervals do not overlap; None where one is missing."""
    ends = (one["low"], one["high"], other["low"], other["high"])
    if any(end is None for end in ends):
        return None
    return bool(one["low"] > other["high"] or other["low"] > one["high"])
