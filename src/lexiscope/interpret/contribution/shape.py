"""SHAPE's cooperation of inputs (https://arxiv.org/abs/2205.00302, IJCAI 2022); its contribution is a Shapley value."""

import numpy as np
from jaxtyping import Float


def cooperation(
    nothing: Float[np.ndarray, " n"], alone: Float[np.ndarray, "n m"], everything: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """What all inputs together are worth beyond the sum of what each is worth alone.

    v(all) - v(nothing) - sum over i of [v(i alone) - v(nothing)]: above zero where inputs need each other, below where
    they say the same.

    Example:
        >>> worth = cooperation(np.array([0.5]), np.array([[0.7, 0.6]]), np.array([0.9]))
        >>> worth.round(2).tolist()
        [0.1]
    """
    return everything - nothing - (alone - nothing[:, None]).sum(axis=1)
