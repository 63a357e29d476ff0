"""Phase separation: two glasses in one, as noise of one wavelength that a threshold splits (Cahn 1965,
https://doi.org/10.1063/1.1695731, describes spinodal decomposition as a sum of waves of one length)."""

import numpy as np
from scipy import fft

from lexiscope.simulate.glass.plan import SIZE
from lexiscope.simulate.glass.surface import Map, filtered_noise, smooth_noise
from lexiscope.simulate.glass.visibility import Visibility

_WIDTH = 0.12  # relative width of the band of wavelengths


def add_phases(surface: Map, chance: np.random.Generator) -> tuple[Map, Visibility]:
    """Paint two phases over all of the surface or a part; it is changed and given back with what was painted."""
    wavelength = float(chance.uniform(9, 26))
    drops = bool(chance.random() < 0.4)
    waves = _waves(chance, wavelength)
    level = float(chance.uniform(0.7, 1.1)) if drops else float(chance.uniform(-0.3, 0.3))
    phases = np.tanh(3.5 * (waves - level))
    area = np.ones(SIZE, np.float32)
    if chance.random() < 0.35:
        area = 1 / (1 + np.exp(-6 * (smooth_noise(chance, 45) + 0.1)))
    surface += float(chance.uniform(0.07, 0.16)) * float(chance.choice([-1, 1])) * phases * area
    shape = "droplet-like" if drops else "interconnected"
    return surface, Visibility(0, wavelength, shape, float((area > 0.5).mean()))


def _waves(chance: np.random.Generator, wavelength: float) -> Map:
    """Noise of one wavelength in all directions, of unit deviation."""
    fy, fx = fft.fftfreq(SIZE[0])[:, None], fft.rfftfreq(SIZE[1])[None]
    return filtered_noise(chance, np.exp(-(((np.hypot(fy, fx) * wavelength - 1) / _WIDTH) ** 2) / 2))
