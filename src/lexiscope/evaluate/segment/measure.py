"""`SegmentMeasure`: scores of masks to estimates: means over the cases of a group, then over groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.core.case import Case
from lexiscope.evaluate.measure import Measure, Rows
from lexiscope.evaluate.metrics.segmentation import MaskScores
from lexiscope.evaluate.segment.answers import Dsc
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

    def of_groups(self, counts: Mapping[str, Int64[np.ndarray, "n 3"]]) -> dict[str, dict[str, Estimate]]:
        """Structure -> DSC of all voxels of a group together, for cases that are slices of one patient or specimen.

        Cases in which the structure is absent count with what was painted in them. Chance is painting everything in the
        cases that have it.
        """
        return {name: {"group_dsc": self._of_groups(rows, name)} for name, rows in counts.items()}

    def _of_groups(self, counts: Int64[np.ndarray, "n 3"], structure: str) -> Estimate:
        groups = list(dict.fromkeys(case.group for case in self.cases))
        place = np.array([groups.index(case.group) for case in self.cases])
        total = np.zeros((len(groups), 3))
        np.add.at(total, place, counts)
        with np.errstate(invalid="ignore"):
            dsc = np.where(total[:, 2] > 0, 2 * total[:, 0] / (total[:, 1] + total[:, 2]), np.nan)
        return Measure(groups, self.seed, self.resamples).mean(dsc, chance=self._chance_of(structure, "dsc"))

    def mean_dsc(self, dsc: Dsc) -> Estimate:
        """Mean over structures of their DSC; groups are resampled, all structures with them."""
        chances = [self._chance_of(name, "dsc") for name in dsc]
        known = [chance for chance in chances if chance is not None]
        return self._mean_of_structures(dsc, chance=float(np.mean(known)) if known else None)

    def difference(self, dsc: Dsc, others: Dsc) -> Estimate:
        """Mean DSC less that of others, over the cases and structures that both have a score of."""
        both = {name: dsc[name] - others[name] for name in dsc if name in others}
        return self._mean_of_structures(both, chance=0.0)

    def of_structure(self, dsc: Float[np.ndarray, " n"], *, chance: float | None) -> Estimate:
        """Mean of one structure's values."""
        return self._mean(dsc, chance=chance)

    def false_positives(self, kinds: Iterable[Sequence[Sequence[float]]]) -> Estimate:
        """Share of sentences about absent structures that painted more than 0.1 % of the image; by chance, all."""
        given = list(kinds)
        of_cases = [[share for kind in given for share in kind[row]] for row in range(len(self.cases))]
        rates = [float(np.mean([share > PAINTED for share in shares])) if shares else np.nan for shares in of_cases]
        return self._mean(np.array(rates), chance=1.0)

    def by_case(self, dsc: Dsc) -> dict[str, dict[str, float]]:
        """Case -> structure -> DSC, where the case has the structure."""
        return {
            case.id: {name: round(float(values[row]), 4) for name, values in dsc.items() if not np.isnan(values[row])}
            for row, case in enumerate(self.cases)
        }

    def _chance_of(self, structure: str, score: str) -> float | None:
        values = _values(self.chance.get(structure, ()), score)
        return None if np.isnan(values).all() else float(np.nanmean(values))

    def _mean_of_structures(self, dsc: Dsc, *, chance: float | None) -> Estimate:
        """Mean over structures of their means over groups, however many cases have each; NaN does not count.

        A structure that no group of a resample has is left out of it.
        """
        if not dsc:
            return Estimate.nothing()
        groups, means = zip(*(self._by_group(values) for values in dsc.values()), strict=True)
        table = np.stack(means)  # (structures, groups)

        def mean(chosen: Rows) -> float:
            drawn = table[:, chosen]
            counts = (~np.isnan(drawn)).sum(axis=1)
            return float((np.nansum(drawn, axis=1)[counts > 0] / counts[counts > 0]).mean())

        rows = np.flatnonzero((~np.isnan(table)).any(axis=0))
        return Measure(groups[0], self.seed, self.resamples).of(mean, chance=chance, rows=rows)

    def _mean(self, values: Float[np.ndarray, " n"], *, chance: float | None) -> Estimate:
        """Mean over groups of the means over their cases; cases of NaN do not count."""
        groups, means = self._by_group(values)
        return Measure(groups, self.seed, self.resamples).mean(means, chance=chance)

    def _by_group(self, values: Float[np.ndarray, " n"]) -> tuple[list[str], Float[np.ndarray, " g"]]:
        """Groups, and of each the mean over its cases; NaN where none counts."""
        groups = list(dict.fromkeys(case.group for case in self.cases))
        place = {group: row for row, group in enumerate(groups)}
        members: list[list[float]] = [[] for _ in groups]
        for case, value in zip(self.cases, values, strict=True):
            if not np.isnan(value):
                members[place[case.group]].append(float(value))
        return groups, np.array([np.mean(of_group) if of_group else np.nan for of_group in members])


def _values(scores: Sequence[MaskScores | None], name: str) -> Float[np.ndarray, " n"]:
    return np.array([np.nan if one is None else getattr(one, name) for one in scores])
