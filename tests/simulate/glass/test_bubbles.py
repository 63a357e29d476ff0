"""Bubbles are round, dark within and bright on their rim, and as many and as large as reported."""

import numpy as np
import pytest
from scipy import ndimage

from lexiscope.simulate.glass.bubbles import add_bubbles


@pytest.mark.parametrize("seed", range(8))
def test_what_is_reported_is_in_the_picture(flat, seed):
    surface, visible = add_bubbles(flat, np.random.default_rng(seed))
    dark = surface < -0.08
    assert 0.5 * visible.share < dark.mean() < 1.1 * visible.share
    assert 1 <= ndimage.label(dark)[1] <= visible.count + 2  # some overlap or lie at the border; a rim may cut one
    assert surface.max() > 0.05
    assert visible.shape == "round"


@pytest.mark.parametrize("seed", range(8))
def test_the_largest_is_as_wide_as_reported(flat, seed):
    surface, visible = add_bubbles(flat, np.random.default_rng(seed))
    holes = ndimage.find_objects(ndimage.label(surface < -0.05)[0])
    assert max(part.stop - part.start for hole in holes for part in hole) > 0.6 * visible.size_px
