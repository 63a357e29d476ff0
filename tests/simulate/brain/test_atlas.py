"""The atlas names well-known places, and is the same on both sides."""

import numpy as np
import pytest

from lexiscope.simulate.brain.atlas import LOBES, region_labels


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((30, 40, -30), "left frontal lobe"),
        ((45, -50, 35), "right parietal lobe"),
        ((-20, -10, 52), "right temporal lobe"),
        ((5, -90, -15), "left occipital lobe"),
        ((-35, -65, 25), "right cerebellum"),
        ((5, -15, 12), "right deep grey matter"),
    ],
)
def test_atlas_names_well_known_places(place, expected):
    names, labels = region_labels(np.array(place, float)[:, None])
    assert names[labels[0] - 1] == expected


def test_sides_mirror_each_other_and_the_midline_belongs_to_neither():
    world = np.random.default_rng(0).uniform((-50, -100, 1), (80, 70, 70), (500, 3)).T
    _, right = region_labels(world)
    _, left = region_labels(world * np.array([[1], [1], [-1]]))
    assert np.array_equal(right > 0, left > 0)
    assert np.array_equal(right[right > 0], left[right > 0] + len(LOBES))
    assert not right[world[2] < 6].any()
