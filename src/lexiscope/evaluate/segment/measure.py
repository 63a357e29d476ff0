"""`SegmentMeasure`: scores of masks to estimates: means over the cases of a group, then over groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lexiscope.core.case import Case
from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.metrics.segmentation import MaskScores
from lexiscope.evaluate.statistics import Estimate

PAINTED = 0.001  # of the image: less than that is no false positive
Scores = Mapping[str, Sequence[MaskScores | None]]


@dataclass(frozen=True)
class SegmentMeasure:
    """Estimates over groups.

    Args:
        cases: Measured cases, in the order of all scores.
        seed: Seed of the bootstrap.
        resamples: Number of resamples.
        chance: Scores of painting everything.
    """

    cases: Sequence[Case]
    seed: int
    resamples: int
    chance: Scores

    def by_structure(self, scores: Scores, *, unit: str) -> dict[str, dict[str, Estimate]]:
        """Structure -> DSC, IoU, HD95 and NSD of the cases that have it."""
        return {
            name: {
                key: self._mean(_values(of_cases, score), chance=self._chance_of(name, score))
                for key, score in (("dsc", "dsc"), ("iou", "iou"), (f"hd95_{unit}", "hd95"), ("nsd", "nsd"))
            }
            for name, of_cases in scores.items()
        }

    def mean_dsc(self, scores: Scores) -> Estimate:
        """Mean over structures of their DSC; groups are resampled, all structures with them."""
        chances = [self._chance_of(name, "dsc") for name in scores]
        known = [chance for chance in chances if chance is not None]
        return self._mean(self._mean_values(scores), chance=float(np.mean(known)) if known else None)

    def difference(self, scores: Scores, others: Scores) -> Estimate:
        """Mean DSC less that of others, on the same cases."""
        return self._mean(self._mean_values(scores) - self._mean_values(others), chance=0.0)

    def false_positives(self, kinds: Sequence[Sequence[Sequence[float]]]) -> Estimate:
        """Share of sentences about absent structures that painted more than 0.1 % of the image; by chance, all."""
        of_cases = [[share for kind in kinds for share in kind[row]] for row in range(len(self.cases))]
        rates = [float(np.mean([share > PAINTED for share in shares])) if shares else np.nan for shares in of_cases]
        return self._mean(np.array(rates), chance=1.0)

    def _chance_of(self, structure: str, score: str) -> float | None:
        values = _values(self.chance.get(structure, ()), score)
        return None if np.isnan(values).all() else float(np.nanmean(values))

    def by_case(self, scores: Scores) -> dict[str, dict[str, float]]:
        """Case -> structure -> DSC, where the case has the structure."""
        found: dict[str, dict[str, float]] = {case.id: {} for case in self.cases}
        for name, of_cases in scores.items():
            for case, one in zip(self.cases, of_cases, strict=True):
                if one is not None:
                    found[case.id][name] = round(one.dsc, 4)
        return found

    def _mean_values(self, scores: Scores) -> Float[np.ndarray, " n"]:
        """DSC of each case, the mean over the structures that it has, each weighed so that structures count alike."""
        values = np.stack([_values(of_cases, "dsc") for of_cases in scores.values()])  # (structures, cases)
        counts = (~np.isnan(values)).sum(axis=1, keepdims=True)
        weights = np.where(np.isnan(values), 0.0, 1.0 / np.maximum(counts, 1))
        total = weights.sum(axis=0)
        return np.where(total > 0, (np.nan_to_num(values) * weights).sum(axis=0) / np.maximum(total, 1e-12), np.nan)

    def _mean(self, values: Float[np.ndarray, " n"], *, chance: float | None) -> Estimate:
        """Mean over groups of the means over their cases; cases of NaN do not count."""
        groups = list(dict.fromkeys(case.group for case in self.cases))
        place = {group: row for row, group in enumerate(groups)}
        members: list[list[float]] = [[] for _ in groups]
        for case, value in zip(self.cases, values, strict=True):
            if not np.isnan(value):
                members[place[case.group]].append(float(value))
        means = np.array([np.mean(of_group) if of_group else np.nan for of_group in members])
        return Measure(groups, self.seed, self.resamples).mean(means, chance=chance)


def _values(scores: Sequence[MaskScores | None], name: str) -> Float[np.ndarray, " n"]:
    return np.array([np.nan if one is None else getattr(one, name) for one in scores])
