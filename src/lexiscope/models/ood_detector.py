"""`OodDetector`: how unlike the training a case's images are, by the distance of their features to those of training.

The distance to the k-th nearest training case (Sun et al. 2022, https://arxiv.org/abs/2204.06507) of standardised
features, in their first principal components and in the length of what lies outside these. Against held-out cases it
becomes a conformal p-value by group (Bates et al. 2023, https://arxiv.org/abs/2104.08279; `models.conformal`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64
from safetensors.numpy import save_file

from lexiscope.core.prediction import OutOfDistribution
from lexiscope.models.conformal import conformal_p_values
from lexiscope.models.saved import damaged, read_arrays

MOST_CASES = 512  # of training and of held-out cases that are kept: more hardly move a fifth neighbour
# chosen on three sets of real images, of 1, 5 and 10, and before Mahalanobis distances, by AUROC against others
_NEIGHBOUR = 5
_COMPONENTS = 64
_FILE = "out_of_distribution.safetensors"
_PARTS = ("mean", "std", "components", "cases")


@dataclass(frozen=True)
class TrainingFeatures:
    """Features of one branch as training cases have them.

    Args:
        mean: Mean of each feature.
        std: Standard deviation of each; 1 for a constant one.
        components: Directions of the largest variance of the standardised features, unit rows.
        cases: Coordinates of training cases along them.
    """

    mean: Float32[np.ndarray, " f"]
    std: Float32[np.ndarray, " f"]
    components: Float32[np.ndarray, "q f"]
    cases: Float32[np.ndarray, "m q"]

    @classmethod
    def of(cls, features: Float32[np.ndarray, "n f"]) -> "TrainingFeatures":
        """The features of n training cases, the directions rounded to half precision, as they are kept."""
        mean, std = features.mean(axis=0), features.std(axis=0)
        std = np.where(std > 1e-6, std, 1).astype(np.float32)
        x = ((features - mean) / std).astype(np.float32)
        components = _principal(x, min(_COMPONENTS, len(x)))
        return cls(mean.astype(np.float32), std, components, (x @ components.T).astype(np.float32))

    def distances(self, features: Float32[np.ndarray, "n f"]) -> Float32[np.ndarray, " n"]:
        """Distance of each row to its fifth nearest training case; NaN for a row that holds NaN."""
        x = (features - self.mean) / self.std
        along = x @ self.components.T  # (n, q)
        outside = np.maximum((x**2).sum(axis=1) - (along**2).sum(axis=1), 0)
        apart = (along**2).sum(axis=1)[:, None] + (self.cases**2).sum(axis=1) - 2 * along @ self.cases.T
        near = np.sort(np.maximum(apart, 0), axis=1)[:, min(_NEIGHBOUR, len(self.cases)) - 1]
        return np.sqrt(near + outside).astype(np.float32)


@dataclass(frozen=True)
class OodDetector:
    """Features of training cases, and the distances that held-out cases have to them.

    Args:
        branches: Branch of the features -> what they are like in training.
        held_out: Branch -> distance of each held-out case; NaN where a case lacks it.
        groups: Number of each held-out case's group.
    """

    branches: Mapping[str, TrainingFeatures]
    held_out: Mapping[str, Float32[np.ndarray, " h"]]
    groups: Int64[np.ndarray, " h"]

    @classmethod
    def of(
        cls,
        training: Mapping[str, Float32[np.ndarray, "n f"]],
        held_out: Mapping[str, Float32[np.ndarray, "h f"]],
        groups: Sequence[str],
    ) -> "OodDetector | None":
        """A detector of features of training cases and of held-out ones; None where nothing was held out.

        Args:
            training: Branch -> a row for each training case, NaN where the branch is missing.
            held_out: Branch -> a row for each held-out case, likewise.
            groups: Patient, paper or specimen of each held-out case.
        """
        known = {name: rows[np.isfinite(rows).all(axis=1)] for name, rows in training.items()}
        branches = {name: TrainingFeatures.of(rows) for name, rows in known.items() if len(rows)}
        distances = {name: branch.distances(held_out[name]) for name, branch in branches.items() if name in held_out}
        told = {name: values for name, values in distances.items() if np.isfinite(values).any()}
        if not told:
            return None
        numbers = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1].astype(np.int64)
        return cls({name: branches[name] for name in told}, told, numbers)

    def judge(self, features: Mapping[str, Float32[np.ndarray, "1 f"]]) -> OutOfDistribution | None:
        """How far one case is from the training; None where it has no branch that is known.

        A case's distance is the mean over its branches, each over the usual distance of held-out cases. It is compared
        with held-out cases over the same branches, as far as these have them.

        Args:
            features: Branch -> its features; NaN, or nothing, where it is missing.
        """
        read = {name: self.branches[name].distances(x)[0] for name, x in features.items() if name in self.branches}
        names = [name for name, distance in read.items() if np.isfinite(distance)]
        if not names:
            return None
        usual = np.array([max(float(np.nanmedian(self.held_out[name])), 1e-6) for name in names])
        score = float(np.mean(np.array([read[name] for name in names]) / usual))
        others = np.stack([self.held_out[name] for name in names], axis=1) / usual  # (h, b)
        rows = np.flatnonzero(np.isfinite(others).any(axis=1))
        groups = [str(group) for group in self.groups[rows]]
        p_value = conformal_p_values(np.array([score]), np.nanmean(others[rows], axis=1), groups)[0]
        return OutOfDistribution(score, float(p_value), len(set(groups)))

    def save(self, folder: Path) -> None:
        """Write it into a part of a model: numbers of groups, no names."""
        arrays: dict[str, np.ndarray] = {"groups": self.groups}
        for name, branch in self.branches.items():
            arrays |= {f"{part}/{name}": getattr(branch, part) for part in _PARTS}
            arrays[f"components/{name}"] = branch.components.astype(np.float16)
            arrays[f"count/{name}"] = np.array([len(branch.cases)], np.int64)  # tells a file that lost or gained some
            arrays[f"held_out/{name}"] = np.nan_to_num(self.held_out[name], nan=-1.0)
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / _FILE)

    @classmethod
    def load(cls, folder: Path) -> "OodDetector | None":
        """The detector in a part of a model; None where it was made without held-out cases, or by an earlier version.

        Raises:
            ModelError: it is damaged.
        """
        file = folder / _FILE
        if not file.is_file():
            return None
        arrays = read_arrays(file)
        names = [name.removeprefix("held_out/") for name in arrays if name.startswith("held_out/")]
        try:
            _check_kinds(arrays, names)
            parts = {name: {part: arrays[f"{part}/{name}"].astype(np.float32) for part in _PARTS} for name in names}
            branches = {name: TrainingFeatures(**parts[name]) for name in names}
            held_out = {name: arrays[f"held_out/{name}"] for name in names}
            detector = cls(branches, {n: np.where(x < 0, np.nan, x) for n, x in held_out.items()}, arrays["groups"])
            _check(detector, {name: arrays[f"count/{name}"].tolist() for name in names})
        except ValueError as error:
            raise damaged(file, "distances to the training", error) from error
        return detector


def _check_kinds(arrays: Mapping[str, np.ndarray], branches: Sequence[str]) -> None:
    needed = {"groups", *(f"{part}/{name}" for part in (*_PARTS, "count", "held_out") for name in branches)}
    if not branches or needed != arrays.keys():
        raise ValueError(f"other arrays than those of its branches: {sorted(needed ^ arrays.keys())[:3]}")
    for name, array in arrays.items():
        kind = {"groups": np.int64, "count": np.int64, "components": np.float16}.get(name.partition("/")[0], np.float32)
        if array.dtype != kind:
            raise ValueError(f"{name} must be {np.dtype(kind)}, got {array.dtype}")


def _check(detector: OodDetector, counts: Mapping[str, list[int]]) -> None:
    for name, branch in detector.branches.items():
        f, q, m, h = branch.mean.size, len(branch.components), len(branch.cases), detector.groups.size
        arrays = (branch.mean, branch.std, branch.components, branch.cases, detector.held_out[name], detector.groups)
        if [x.shape for x in arrays] != [(f,), (f,), (q, f), (m, q), (h,), (h,)] or counts[name] != [m] or not m:
            raise ValueError(f"the arrays of {name} do not fit together")
        if not bool((branch.std > 0).all()) or not np.isfinite(detector.held_out[name]).any():
            raise ValueError(f"the arrays of {name} hold no distances")


def _principal(x: Float32[np.ndarray, "n f"], count: int) -> Float32[np.ndarray, "q f"]:
    """Directions of the largest variance, by the smaller of the two matrices of products, in half precision."""
    centred = x - x.mean(axis=0)
    if len(x) <= x.shape[1]:
        _, vectors = np.linalg.eigh((centred @ centred.T).astype(np.float64))  # ascending
        directions = vectors[:, ::-1][:, :count].T @ centred
    else:
        _, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        directions = vectors[:, ::-1][:, :count].T
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    kept = directions[lengths[:, 0] > 1e-4 * max(float(lengths.max(initial=0)), 1e-12)]
    unit = kept / np.linalg.norm(kept, axis=1, keepdims=True)
    return unit.astype(np.float16).astype(np.float32)
