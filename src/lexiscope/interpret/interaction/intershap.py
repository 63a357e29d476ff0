"""InterSHAP: the share of a model's behaviour that comes from inputs acting together."""

from math import factorial

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.interpret.contribution.shapley import shapley_values

_ROUNDING = 1e-12  # what is left of differences that are none; an interval around it alone would look like a finding


def interaction_values(values: Float[np.ndarray, "n s"]) -> Float[np.ndarray, "n m m"]:
    """Shapley interaction of each pair of M inputs, and on the diagonal what each input does by itself.

    phi_ij = sum over S without i and j of |S|! (M - |S| - 2)! / (2 (M - 1)!) [v(S + ij) - v(S + i) - v(S + j) + v(S)]
    and phi_ii = phi_i - sum over j of phi_ij (Wenderoth et al., "Measuring cross-modal interactions in multimodal
    models", AAAI 2025, https://arxiv.org/abs/2412.15828). Each matrix adds up to v(all) - v(nothing).

    Args:
        values: `(n, 2**M)`; bit i of a column's number is set where input i is kept (`interpret.coalitions`).

    Raises:
        UsageError: the number of columns is no power of two.

    Example:
        >>> interaction_values(np.array([[0.5, 0.5, 0.5, 1.0]])).tolist()  # nothing, first, second, both
        [[[0.0, 0.25], [0.25, 0.0]]]
    """
    phi = shapley_values(values)
    inputs = phi.shape[1]
    columns = np.arange(1 << inputs)
    sizes = np.array([column.bit_count() for column in columns.tolist()])
    made = np.zeros((len(values), inputs, inputs))
    for i in range(inputs):
        for j in range(i):
            pair = 1 << i | 1 << j
            without = columns[columns & pair == 0]
            made[:, i, j] = made[:, j, i] = _gains(values, without, i, j) @ _shares(sizes[without], inputs)
    every = np.arange(inputs)
    made[:, every, every] = phi - made.sum(2)
    return np.where(np.abs(made) < _ROUNDING, 0.0, made)


def interactions_beside(values: Float[np.ndarray, "n s"], first: int, second: int) -> Float[np.ndarray, " n"]:
    """Shapley interaction of one pair, 2 phi_ij, of subsets that keep a third input: without what nothing is taken for.

    Args:
        values: As of `interaction_values`, of three inputs or more.
        first: Number of one input.
        second: Number of the other.

    Example:
        >>> interactions_beside(np.array([[0.5, 0.0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3]]), 0, 1).round(9).tolist()
        [0.0]
    """
    pair, inputs = 1 << first | 1 << second, values.shape[1].bit_length() - 1
    columns = np.arange(1, values.shape[1])
    without = columns[columns & pair == 0]
    shares = _shares(np.array([column.bit_count() for column in without.tolist()]), inputs)
    made = _gains(values, without, first, second) @ (shares / shares.sum())
    return np.where(np.abs(made) < _ROUNDING, 0.0, made)


def intershap(mean: Float[np.ndarray, "r m m"]) -> Float[np.ndarray, " r"]:
    """Share of interactions in the behaviour: sum of |phi_ij| over i != j, divided by the sum over all i and j.

    Args:
        mean: Interaction values averaged over cases, one matrix a row; the absolute value is taken after the mean.

    Returns:
        0 where nothing is an interaction or nothing happens at all, 1 where all is one.

    Example:
        >>> intershap(np.array([[[0.0, 0.25], [0.25, 0.0]]])).tolist()
        [1.0]
    """
    behaviour = np.abs(mean)
    alone = np.trace(behaviour, axis1=1, axis2=2)
    whole = behaviour.sum((1, 2))
    return np.where(whole > 1e-12, (whole - alone) / np.maximum(whole, 1e-12), 0.0)


def _gains(
    values: Float[np.ndarray, "n s"], without: Int64[np.ndarray, " c"], i: int, j: int
) -> Float[np.ndarray, "n c"]:
    """What both inputs add to each subset without them beyond what each of them adds."""
    both = values[:, without | 1 << i | 1 << j]
    return both - values[:, without | 1 << i] - values[:, without | 1 << j] + values[:, without]


def _shares(sizes: np.ndarray, inputs: int) -> Float[np.ndarray, " c"]:
    return np.array([factorial(size) * factorial(inputs - size - 2) for size in sizes]) / (2 * factorial(inputs - 1))
