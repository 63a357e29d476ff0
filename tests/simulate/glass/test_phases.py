"""Two phases alternate on the reported wavelength, as droplets or interconnected."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import fft

from lexiscope.simulate.glass.phases import add_phases
from lexiscope.simulate.glass.plan import SIZE


@pytest.mark.parametrize("seed", range(8))
def test_the_wavelength_is_the_reported_one(flat, seed):
    surface, visible = add_phases(flat, np.random.default_rng(seed))
    power = abs(fft.rfft2(surface - surface.mean())) ** 2
    frequency = np.hypot(fft.fftfreq(SIZE[0])[:, None], fft.rfftfreq(SIZE[1])[None])
    bins = np.linspace(0.02, 0.2, 37)
    mean = [power[(frequency >= low) & (frequency < high)].mean() for low, high in pairwise(bins)]
    peak = (bins[np.argmax(mean)] + bins[np.argmax(mean) + 1]) / 2
    assert 1 / peak == pytest.approx(visible.size_px, rel=0.3)
    assert visible.count == 0


def test_droplets_leave_most_of_the_glass():
    shares = {"droplet-like": [], "interconnected": []}
    for seed in range(24):
        surface, visible = add_phases(np.zeros(SIZE, np.float32), np.random.default_rng(seed))
        if visible.share == 1:
            above = float((surface > 0).mean())
            shares[visible.shape].append(min(above, 1 - above))
    assert max(shares["droplet-like"]) < 0.3 < min(shares["interconnected"])
