"""Surfaces are noise of the asked scale; what the microscope adds never hides the picture."""

import numpy as np
import pytest

from lexiscope.simulate.glass.plan import SIZE
from lexiscope.simulate.glass.surface import bare_surface, detector_image, smooth_noise, with_specimen_edge


@pytest.mark.parametrize("scale", [1.0, 8.0, 40.0])
def test_noise_has_unit_deviation_and_its_scale(scale):
    noise = smooth_noise(np.random.default_rng(0), scale)
    assert noise.shape == SIZE
    assert noise.std() == pytest.approx(1.0, abs=1e-3)
    step = np.sqrt(np.mean(np.diff(noise, axis=1) ** 2))
    assert step == pytest.approx(1 / scale / np.sqrt(2), rel=0.35)


def test_the_generator_alone_decides():
    first, same, other = (bare_surface(np.random.default_rng(seed), polished=False) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_the_specimen_ends_now_and_then(flat):
    ended = [bool((with_specimen_edge(flat, np.random.default_rng(seed)) < -0.3).any()) for seed in range(60)]
    assert 4 <= sum(ended) <= 24  # one in five


def test_images_are_neither_black_nor_white(flat):
    for seed in range(12):
        rng = np.random.default_rng(seed)
        image = detector_image(bare_surface(rng, polished=True), rng)
        assert (image.dtype, image.shape) == (np.uint8, SIZE)
        assert 60 < image.mean() < 190
        assert 8 < image.std() < 60
        assert np.mean((image == 0) | (image == 255)) < 0.02
