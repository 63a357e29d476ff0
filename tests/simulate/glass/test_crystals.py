"""Crystals are brighter than the glass around them, of three habits, and as large as reported."""

import numpy as np
import pytest
from scipy import ndimage

from lexiscope.simulate.glass.crystals import add_crystals


@pytest.mark.parametrize("seed", range(8))
def test_what_is_reported_is_in_the_picture(flat, seed):
    surface, visible = add_crystals(flat, np.random.default_rng(seed))
    bright = surface > 0.02
    assert 0.6 * visible.share < bright.mean() < 1.2 * visible.share
    assert visible.count >= 1
    assert surface.min() < -0.01  # the glass around them is drained


def test_the_largest_is_as_long_as_reported():
    ratios = []
    for seed in range(24):
        surface, visible = add_crystals(np.zeros((320, 384), np.float32), np.random.default_rng(seed))
        grains = ndimage.find_objects(ndimage.label(surface > 0.02, structure=np.ones((3, 3)))[0])
        ratios.append(max(part.stop - part.start for grain in grains for part in grain) / visible.size_px)
    assert 0.7 < np.median(ratios) < 1.2  # grains that touch are longer, pieces of needles shorter


def test_a_habit_has_its_sizes():
    sizes = {}
    for seed in range(40):
        _, visible = add_crystals(np.zeros((320, 384), np.float32), np.random.default_rng(seed))
        sizes.setdefault(visible.shape, []).append(visible.size_px)
    assert sizes.keys() == {"faceted", "needle-like", "dendritic"}
    assert max(sizes["faceted"]) <= 52 < min(sizes["dendritic"])
