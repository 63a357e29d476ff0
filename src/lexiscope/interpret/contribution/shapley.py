"""Exact Shapley values from the values of all coalitions."""

from math import factorial

import numpy as np
from jaxtyping import Float

from lexiscope.core.errors import UsageError


def shapley_values(values: Float[np.ndarray, "n s"]) -> Float[np.ndarray, "n m"]:
    """Shapley value of each of M inputs, for every row of coalition values.

    phi_i = sum over S without i of |S|! (M - |S| - 1)! / M! [v(S + i) - v(S)] (Shapley 1953; InterSHAP, equation 1,
    AAAI 2025). Each row adds up to v(all) - v(nothing).

    Args:
        values: `(n, 2**M)`; bit i of a column's number is set where input i is kept (`interpret.coalitions`).

    Raises:
        UsageError: the number of columns is no power of two.

    Example:
        >>> shapley_values(np.array([[0.5, 0.7, 0.6, 0.9]])).round(2).tolist()  # nothing, first, second, both
        [[0.25, 0.15]]
    """
    inputs = values.shape[1].bit_length() - 1
    if values.shape[1] != 1 << inputs:
        msg = f"expected a value for each of 2**M coalitions, got {values.shape[1]}; use interpret.coalitions"
        raise UsageError(msg)
    if inputs == 0:
        return np.zeros((len(values), 0))
    columns = np.arange(1 << inputs)
    sizes = np.array([column.bit_count() for column in columns.tolist()])
    share = np.array([factorial(k) * factorial(inputs - k - 1) / factorial(inputs) for k in range(inputs)])
    phi = np.empty((len(values), inputs))
    for one in range(inputs):  # differences first: an input that changes nothing gets exactly zero
        without = columns[(columns >> one & 1) == 0]
        phi[:, one] = (values[:, without | 1 << one] - values[:, without]) @ share[sizes[without]]
    return phi
