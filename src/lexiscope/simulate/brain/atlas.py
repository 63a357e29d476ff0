"""`region_labels`: a coarse atlas of the lobes by planes in MNI coordinates, for the simulation only: no reference."""

import numpy as np

SIDES = ("left", "right")
LOBES = ("frontal lobe", "parietal lobe", "temporal lobe", "occipital lobe", "cerebellum", "deep grey matter")
_MIDLINE = 6.0  # mm to either side that belong to neither hemisphere


def region_labels(world: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Region of every position.

    Args:
        world: (3, ...) positions as (z, y, x) MNI millimetres; x grows to the right, y to the front, z to the top.

    Returns:
        The names, such as "left frontal lobe", and an array of their numbers from 1; 0 is no region.

    Example:
        >>> names, labels = region_labels(np.array([[30.0], [40.0], [-30.0]]))
        >>> names[labels[0] - 1]
        'left frontal lobe'
    """
    z, y, x = world
    away = abs(x)
    # The planes roughly follow the tentorium, the Sylvian fissure, the central and the parieto-occipital sulcus.
    cerebellum = (z < -18) & (y < -40)
    stem = (z < -8) & (away < 16) & (y > -45) & (y < -5)
    deep = (away < 33) & (y > -30) & (y < 20) & (z > -8) & (z < 18)
    occipital = y < -60 - 0.5 * (z - 5)
    temporal = (z < 2 - 0.35 * (y + 10)) & (z < 16) & (y < 18) & (away > 24)
    parietal = y < -14 - 0.35 * (z - 40)
    lobe = np.select(
        [stem, cerebellum, deep, occipital, temporal, parietal & (z > 8), parietal & (z <= 8)],
        [0, 5, 6, 4, 3, 2, 0],
        default=1,
    )
    lobe = np.where(away < _MIDLINE, 0, lobe)
    side = np.where(x < 0, 0, 1)
    labels = np.where(lobe > 0, side * len(LOBES) + lobe, 0)
    return [f"{side} {lobe}" for side in SIDES for lobe in LOBES], labels
