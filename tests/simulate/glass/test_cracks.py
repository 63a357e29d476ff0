"""Cracks are thin, dark and long enough to be seen, and branched where reported."""

import numpy as np
import pytest
from scipy import ndimage

from lexiscope.simulate.glass.cracks import add_cracks


@pytest.mark.parametrize("seed", range(10))
def test_what_is_reported_is_in_the_picture(flat, seed):
    surface, visible = add_cracks(flat, np.random.default_rng(seed))
    open_ = surface < -0.05
    assert 0.4 * visible.share < open_.mean() < 6 * visible.share + 0.01
    assert open_.mean() < 0.06
    assert 1 <= visible.count <= 4
    assert visible.size_px >= 80


@pytest.mark.parametrize("seed", range(10))
def test_the_longest_runs_through_the_picture(flat, seed):
    surface, visible = add_cracks(flat, np.random.default_rng(seed))
    labels, count = ndimage.label(surface < -0.03, structure=np.ones((3, 3)))
    reach = max(np.hypot(*(part.stop - part.start for part in parts)) for parts in ndimage.find_objects(labels))
    assert count
    assert reach > 0.5 * visible.size_px


def test_both_shapes_occur():
    shapes = {add_cracks(np.zeros((320, 384), np.float32), np.random.default_rng(seed))[1].shape for seed in range(12)}
    assert shapes == {"branched", "straight"}
