"""Smooth random fields: deformation, coil bias and rough lesion borders are all made of them."""

from functools import cache

import numpy as np


def smooth_field(rng: np.random.Generator, *, shape: tuple[int, int, int], knots: tuple[int, int, int]) -> np.ndarray:
    """A random field of about unit variance that varies on the scale of shape / knots.

    A sum of Gaussian bumps at regular knots with normal weights; separable, so it costs three small products.
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
