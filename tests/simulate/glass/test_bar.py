"""Scale bars are as long as their label says, whatever their style."""

import re

import numpy as np
import pytest

from lexiscope.simulate.glass.bar import draw_bar
from lexiscope.simulate.glass.plan import SIZE


def _drawn(seed, nm=2000.0, nm_per_px=20.0):
    return draw_bar(np.full(SIZE, 90, np.uint8), nm=nm, nm_per_px=nm_per_px, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(12))
def test_the_bar_lies_in_the_picture_and_is_one_flat_stretch(seed):
    pixels, bar = _drawn(seed)
    left, top, right, bottom = bar.box
    assert right - left == pytest.approx(100)
    assert 0 <= left < right <= SIZE[1]
    assert 0 <= top < bottom <= SIZE[0]
    middle = pixels[int((top + bottom) / 2), int(left) + 2 : int(right) - 1]
    assert set(middle.tolist()) in ({0}, {255})


@pytest.mark.parametrize(("nm", "value", "units"), [(500.0, "500", {"nm"}), (2000.0, "2", {"µm", "μm", "um"})])
def test_labels_say_the_length(nm, value, units):
    labels = {_drawn(seed, nm=nm, nm_per_px=nm / 100)[1].label for seed in range(40)}
    matches = [re.fullmatch(r"(\S+?) ?([^\d\s]+)", label) for label in labels]
    assert {match[1] for match in matches} == {value}
    assert {match[2] for match in matches} == units


def test_styles_vary():
    assert len({_drawn(seed)[0].tobytes() for seed in range(20)}) == 20
    strips = [bool((_drawn(seed)[0][-30:] != 90).mean() > 0.9) for seed in range(40)]
    assert 6 < sum(strips) < 28  # two in five


def test_the_picture_given_stays_as_it_was():
    pixels = np.full(SIZE, 90, np.uint8)
    draw_bar(pixels, nm=2000.0, nm_per_px=20.0, rng=np.random.default_rng(0))
    assert (pixels == 90).all()
