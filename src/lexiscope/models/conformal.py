"""Conformal prediction with a guarantee by patient: sets of classes, p-values and abstention from held-out cases.

Cases of one patient, paper or specimen resemble each other, so only the groups are exchangeable. Hierarchical conformal
prediction (Lee, Barber, Willett 2023, https://arxiv.org/abs/2306.06342) gives each of the G held-out groups the weight
1 / (G + 1), shared by its cases, and the last one to what was never seen. Guarantees hold on average over the draw of
the held-out groups and of a case of a new group, whatever the model.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int64

_SLACK = 1e-12  # sums of weights are rounded


def group_weights(groups: Sequence[str]) -> Float[np.ndarray, " n"]:
    """Weight of each held-out case, 1 / (n_g (G + 1)): groups weigh the same, and what is left is for the unseen.

    Args:
        groups: Patient, paper or specimen of each case.

    Example:
        >>> group_weights(["a", "a", "b"]).round(3).tolist()
        [0.167, 0.167, 0.333]
    """
    _, group, sizes = np.unique(np.asarray(groups, dtype=str), return_inverse=True, return_counts=True)
    return 1.0 / (sizes[group] * (len(sizes) + 1))


def conformal_p_values(
    scores: Float[np.ndarray, " n"], held_out: Float[np.ndarray, " m"], groups: Sequence[str]
) -> Float[np.ndarray, " n"]:
    """Share of held-out groups that are as strange or stranger than a case, its own counted among them.

    The p-value of a case that is like the held-out ones is at most t with probability at most t.

    Args:
        scores: Strangeness of new cases, larger is stranger.
        held_out: Strangeness of held-out cases.
        groups: Their groups.

    Example:
        >>> conformal_p_values(np.array([0.0, 9.0]), np.array([1.0, 2.0, 3.0]), ["a", "b", "c"]).tolist()
        [1.0, 0.25]
    """
    order = np.argsort(held_out, kind="stable")
    weights = group_weights(groups)
    above = np.concatenate([[0.0], np.cumsum(weights[order][::-1])])[::-1]  # mass of the k-th and of all larger ones
    unseen = 1.0 - float(weights.sum())
    p_values: np.ndarray = np.minimum(1.0, unseen + above[np.searchsorted(held_out[order], scores, side="left")])
    return p_values


def conformal_threshold(held_out: Float[np.ndarray, " m"], groups: Sequence[str], *, coverage: float) -> float:
    """Largest strangeness that a prediction set lets in; infinite where too few groups were held out.

    Args:
        held_out: Strangeness of the truth of held-out cases.
        groups: Their groups.
        coverage: Share of new cases whose truth shall be let in, at least.

    Raises:
        ValueError: a coverage that is not between 0 and 1.

    Example:
        >>> conformal_threshold(np.arange(9.0), list("abcdefghi"), coverage=0.5)
        4.0
        >>> conformal_threshold(np.arange(3.0), list("abc"), coverage=0.9)
        inf
    """
    _require_share("coverage", coverage)
    order = np.argsort(held_out, kind="stable")
    mass = np.cumsum(group_weights(groups)[order])
    enough = np.flatnonzero(mass >= coverage - _SLACK)
    return float(held_out[order[enough[0]]]) if len(enough) else np.inf


def lac_scores(probabilities: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n k"]:
    """Strangeness of each class, 1 - p: the smallest sets on average (Sadinle, Lei, Wasserman 2019,
    https://arxiv.org/abs/1609.00451); none at all of a case that is like no class.

    Example:
        >>> lac_scores(np.array([[0.75, 0.25]])).tolist()
        [[0.25, 0.75]]
    """
    return 1.0 - np.asarray(probabilities, dtype=float)


def aps_scores(probabilities: Float[np.ndarray, "n k"], *, seed: int) -> Float[np.ndarray, "n k"]:
    """Strangeness of each class: the mass of likelier ones and a random share of its own, so that hard cases get larger
    sets (Romano, Sesia, Candes 2020, https://arxiv.org/abs/2006.02544, equation 8).

    Args:
        probabilities: Of each class.
        seed: Seed of the random shares, one a case.

    Example:
        >>> scores = aps_scores(np.array([[0.5, 0.3, 0.2]]), seed=0)[0]
        >>> bool(scores[0] <= 0.5 <= scores[1] <= 0.8 <= scores[2] <= 1.0)
        True
    """
    p = np.asarray(probabilities, dtype=float)
    order = np.argsort(-p, axis=1, kind="stable")
    ordered = np.take_along_axis(p, order, axis=1)
    share = np.random.default_rng(seed).uniform(size=(len(p), 1))
    scores = np.empty_like(p)
    np.put_along_axis(scores, order, np.cumsum(ordered, axis=1) - ordered * (1 - share), axis=1)
    return scores


def of_truth(scores: Float[np.ndarray, "n k"], truth: Int64[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Strangeness of the true class of each case.

    Example:
        >>> of_truth(np.array([[0.1, 0.9]]), np.array([1])).tolist()
        [0.9]
    """
    return scores[np.arange(len(truth)), truth]


def abstention_threshold(
    confidence: Float[np.ndarray, " m"], losses: Float[np.ndarray, " m"], groups: Sequence[str], *, risk: float
) -> float:
    """Confidence above which answers are given, so that at most a share `risk` of all cases gets a wrong one.

    Conformal risk control (Angelopoulos et al. 2022, https://arxiv.org/abs/2208.02814, equation 4): the loss of an
    answer that is held back is 0, that of a group the mean over its cases; of the thresholds, the lowest whose summed
    loss over the G held-out groups and one more is at most risk (G + 1). It is infinite, and nothing is answered,
    where too few groups were held out.

    Args:
        confidence: How sure the model is of its answer to each held-out case.
        losses: How wrong that answer is, 0 to 1; 0 or 1 where answers are right or wrong.
        groups: Their groups.
        risk: Mean loss over all cases of a new group, answered or not, that is allowed.

    Raises:
        ValueError: a risk that is not between 0 and 1.

    Example:
        >>> confidence, wrong = np.array([0.6, 0.7, 0.8, 0.9]), np.array([1.0, 0.0, 0.0, 0.0])
        >>> abstention_threshold(confidence, wrong, list("abcd"), risk=0.2)
        0.6
        >>> abstention_threshold(confidence, wrong, list("abcd"), risk=0.1)
        inf
    """
    _require_share("risk", risk)
    weights, order = group_weights(groups), np.argsort(confidence, kind="stable")
    lost = (weights * losses)[order]
    above = np.concatenate([np.cumsum(lost[::-1])[::-1], [0.0]])  # loss of the k-th and of all surer ones
    thresholds = np.concatenate([[-np.inf], np.unique(confidence)])
    expected = above[np.searchsorted(confidence[order], thresholds, side="right")] + 1.0 - float(weights.sum())
    low = np.flatnonzero(expected <= risk + _SLACK)
    return float(thresholds[low[0]]) if len(low) else np.inf


def _require_share(what: str, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"expected a {what} between 0 and 1, got {value}; 0.9 means nine of ten")
