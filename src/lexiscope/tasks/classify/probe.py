"""`Probe`: multinomial logistic regression on frozen features, its strength chosen by grouped cross-validation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from jaxtyping import Float, Float32, Int64

from lexiscope.core.errors import TrainingError
from lexiscope.tasks.classify.calibration import fit_temperature

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)  # sklearn's C: larger bends more to the data
_FEW = 1e-2  # for data too few to cross-validate
_FOLDS = 5
_STEPS = 500


@dataclass(frozen=True, slots=True)
class Probe:
    """A linear classifier of standardised features. NaN, a missing modality, counts as the mean.

    Args:
        mean: Mean of each feature over the cases it was fitted on.
        std: Standard deviation of each feature; 1 for a constant one, and stretched where sources count the same.
        weight: Weights of the features, one row a class.
        bias: Offset of each class.
        strength: Inverse weight of the ridge that was taken, sklearn's C.
        scores: C -> log likelihood of a left-out case; empty when it was not cross-validated.
        temperature: Divisor of the logits before they become probabilities.
    """

    mean: Float32[np.ndarray, " f"]
    std: Float32[np.ndarray, " f"]
    weight: Float32[np.ndarray, "k f"]
    bias: Float32[np.ndarray, " k"]
    strength: float
    scores: dict[float, float]
    temperature: float = 1.0

    def logits(self, features: Float32[np.ndarray, "n f"]) -> Float[np.ndarray, "n k"]:
        """One value for each class, before the temperature."""
        return _standardised(features, self.mean, self.std) @ self.weight.T + self.bias

    def calibrated(self, seen: Sequence[Float32[np.ndarray, "n f"]], labels: Int64[np.ndarray, " n"]) -> "Probe":
        """The probe with its temperature fitted on cases that it did not learn from, each seen in one or more ways."""
        return replace(self, temperature=fit_temperature(self.mean_logits(seen), labels)) if len(labels) else self

    def mean_logits(self, seen: Sequence[Float32[np.ndarray, "n f"]]) -> Float[np.ndarray, "n k"]:
        """Mean of the logits over several views of the same cases."""
        return np.mean([self.logits(features) for features in seen], axis=0)


def fit_probe(
    features: Float32[np.ndarray, "n f"],
    labels: Int64[np.ndarray, " n"],
    groups: Sequence[str],
    *,
    classes: int,
    blocks: Sequence[slice] = (),
    strength: float | None = None,
    seed: int = 0,
) -> Probe:
    """Fit a probe; every class weighs the same, whatever its number of cases.

    Args:
        features: One row a case, NaN where a modality is missing.
        labels: Class of each case.
        groups: Group of each case; no group is on both sides of a fold.
        classes: Number of classes; those without a case here are never predicted.
        blocks: Columns that come from one source each. The sources then count the same, whatever their numbers of
            columns: without it a few facts drown among thousands of image features. Left out, columns count alike.
        strength: sklearn's C when it is known already; None cross-validates `STRENGTHS`.
        seed: Seed of the folds.

    Raises:
        TrainingError: fewer than two classes have a case.
    """
    known = len(np.unique(labels))
    if known < 2:
        msg = f"a probe needs cases of two classes, got {known} in {len(labels)} cases"
        raise TrainingError(f"{msg}; learn from a corpus that has both")
    moments = partial(_moments, blocks=blocks)
    scores = (
        {} if strength is not None else _cross_validate(features, labels, groups, moments, classes=classes, seed=seed)
    )
    best = strength or (max(scores, key=lambda c: (scores[c], -c)) if scores else _FEW)
    mean, std = moments(features)
    weight, bias = _fit(_standardised(features, mean, std), labels, classes=classes, strength=best)
    return Probe(mean, std, weight, bias, best, scores)


def few_shot(
    labels: Int64[np.ndarray, " n"], groups: Sequence[str], *, shots: int, seed: int
) -> Int64[np.ndarray, " m"] | None:
    """Rows of `shots` cases of each class, of different groups where there are enough; None where a class has fewer.

    Args:
        labels: Class of each case.
        groups: Group of each case.
        shots: Cases of each class to draw.
        seed: Seed of the draw.

    Example:
        >>> rows = few_shot(np.array([0, 0, 0, 1, 1]), ["a", "a", "b", "c", "d"], shots=2, seed=0)
        >>> sorted(["a", "a", "b", "c", "d"][row] for row in rows)
        ['a', 'b', 'c', 'd']
        >>> few_shot(np.array([0, 0, 1]), ["a", "b", "c"], shots=2, seed=0) is None
        True
    """
    rng = np.random.default_rng((seed, shots))
    chosen: list[int] = []
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        if len(rows) < shots:
            return None
        firsts = list({groups[row]: row for row in rows[::-1]}.values())[::-1]
        repeats = [row for row in rows if row not in firsts]
        chosen += [*firsts, *repeats][:shots]
    return np.array(chosen, dtype=np.int64)


def _cross_validate(
    features: np.ndarray,
    labels: np.ndarray,
    groups: Sequence[str],
    moments: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    *,
    classes: int,
    seed: int,
) -> dict[float, float]:
    from sklearn.model_selection import StratifiedGroupKFold

    owner = np.array(groups)
    rarest = min(len(np.unique(owner[labels == label])) for label in np.unique(labels))
    if rarest < 2:
        return {}
    folds = StratifiedGroupKFold(min(_FOLDS, rarest), shuffle=True, random_state=seed)
    scores: dict[float, list[float]] = {strength: [] for strength in STRENGTHS}
    for train, held in folds.split(features, labels, owner):
        mean, std = moments(features[train])
        x, left_out = _standardised(features[train], mean, std), _standardised(features[held], mean, std)
        for strength in STRENGTHS:
            weight, bias = _fit(x, labels[train], classes=classes, strength=strength)
            scores[strength].extend(_log_likelihoods(left_out @ weight.T + bias, labels[held]))
    return {strength: float(np.mean(values)) for strength, values in scores.items()}


def _fit(x: np.ndarray, labels: np.ndarray, *, classes: int, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """(k, f) weights and (k,) biases, in the dual of the features when there are more of them than cases."""
    from sklearn.linear_model import LogisticRegression

    basis = None
    if x.shape[1] > len(x):  # the weights lie in the span of the cases: the same optimum in n dimensions, faster
        basis, _ = np.linalg.qr(x.T.astype(np.float64))  # (f, n)
        x = x @ basis
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=_STEPS).fit(x, labels)
    rows, offsets = model.coef_, model.intercept_
    if len(rows) == 1:  # two classes: sklearn keeps the difference alone
        rows, offsets = np.concatenate([-rows, rows]) / 2, np.concatenate([-offsets, offsets]) / 2
    weight = np.zeros((classes, rows.shape[1] if basis is None else len(basis)), dtype=np.float32)
    bias = np.full(classes, -1e4, dtype=np.float32)  # a class without a case is never predicted
    weight[model.classes_] = rows if basis is None else rows @ basis.T
    bias[model.classes_] = offsets
    return weight, bias


def _moments(features: np.ndarray, *, blocks: Sequence[slice]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each column; spreads are stretched so that every block has an equal share of variance."""
    present = np.isfinite(features)
    count = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, features, 0).sum(axis=0, dtype=np.float64) / count
    spread = np.where(present, features - mean, 0)
    std = np.sqrt((spread**2).sum(axis=0) / count)
    std = np.where(std > 1e-6, std, 1)
    for columns in blocks:
        share = (columns.stop - columns.start) * len(blocks) / features.shape[1]
        std[columns] *= np.sqrt(share)
    return mean.astype(np.float32), std.astype(np.float32)


def _standardised(features: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    return np.nan_to_num((features - mean) / std)


def _log_likelihoods(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from scipy.special import log_softmax

    return log_softmax(logits, axis=1)[np.arange(len(labels)), labels]
