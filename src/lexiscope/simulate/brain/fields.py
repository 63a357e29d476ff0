"""`smooth_field`: random fields of which deformation, coil bias and rough lesion borders are made."""

from functools import cache

import numpy as np


def smooth_field(rng: np.random.Generator, *, shape: tuple[int, int, int], knots: tuple[int, int, int]) -> np.ndarray:
    """Random field of about unit variance that varies on the scale of shape / knots.

    A sum of Gaussian bumps at regular knots with normal weights; separable, so it costs three small products.

    Args:
        rng: Source of the weights.
        shape: Length of each axis.
        knots: Number of bumps along each axis.

    Example:
        >>> smooth_field(np.random.default_rng(0), shape=(4, 6, 8), knots=(2, 3, 2)).shape
        (4, 6, 8)
    """
    field = rng.standard_normal(knots, dtype=np.float32)
    for axis, (size, count) in enumerate(zip(shape, knots, strict=True)):
        field = np.moveaxis(np.tensordot(_bumps(size, count), field, axes=(1, axis)), 0, axis)
    return field


@cache
def _bumps(size: int, count: int) -> np.ndarray:
    """(size, count): weight of every knot at every position, rows of unit length."""
    at = np.linspace(0, count - 1, size)[:, None]
    weights = np.exp(-0.5 * ((at - np.arange(count)) / 0.7) ** 2)
    unit: np.ndarray = (weights / np.linalg.norm(weights, axis=1, keepdims=True)).astype(np.float32)
    return unit
