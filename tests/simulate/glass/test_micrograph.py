"""A micrograph shows the planned defects and no others, and reports each."""

import numpy as np
import pytest

from lexiscope.simulate.glass.micrograph import render_micrograph
from lexiscope.simulate.glass.plan import BUBBLES, CRACKS, CRYSTALS, PHASES, SIZE


@pytest.mark.parametrize("defects", [(), (BUBBLES,), (CRACKS, CRYSTALS), (PHASES, BUBBLES, CRACKS)])
def test_the_planned_defects_are_reported(figure, defects):
    micrograph = render_micrograph(figure(*defects), rng=np.random.default_rng(0))
    assert micrograph.defects.keys() == set(defects)
    assert (micrograph.pixels.shape, micrograph.pixels.dtype) == (SIZE, np.uint8)


def test_the_bar_has_the_planned_length(figure):
    micrograph = render_micrograph(figure(nm_per_px=50.0), rng=np.random.default_rng(1))
    left, _, right, _ = micrograph.bar.box
    assert right - left == pytest.approx(100)
    assert micrograph.bar.label.startswith("5")


def test_a_defect_changes_the_picture(figure):
    plans = figure(), figure(BUBBLES), figure(BUBBLES)
    plain, bubbled, again = (render_micrograph(plan, rng=np.random.default_rng(2)).pixels for plan in plans)
    assert np.array_equal(bubbled, again)
    assert not np.array_equal(plain, bubbled)
