"""Phase separation: two glasses in one, as noise of one wavelength that a threshold splits (Cahn 1965,
https://doi.org/10.1063/1.1695731, describes spinodal decomposition as a sum of waves of one length)."""

import numpy as np
from scipy import fft

from lexiscope.simulate.glass.plan import SIZE
from lexiscope.simulate.glass.surface import BrightnessMap, filtered_noise, smooth_noise
from lexiscope.simulate.glass.visible_defect import VisibleDefect

_WIDTH = 0.12  # relative width of the band of wavelengths


def add_phases(surface: BrightnessMap, rng: np.random.Generator) -> tuple[BrightnessMap, VisibleDefect]:
    """Surface with two phases over all of it or a part.

    Args:
        surface: Brightness of the surface; it is changed in place.
        rng: Source of number, place and shape.

    Returns:
        The surface, and measures of what was added.

    Example:
        >>> surface, visible = add_phases(np.zeros(SIZE, np.float32), np.random.default_rng(0))
        >>> 0 < visible.share < 1
        True
    """
    wavelength = float(rng.uniform(9, 26))
    drops = bool(rng.random() < 0.4)
    waves = _waves(rng, wavelength)
    level = float(rng.uniform(0.7, 1.1)) if drops else float(rng.uniform(-0.3, 0.3))
    phases = np.tanh(3.5 * (waves - level))
    area = np.ones(SIZE, np.float32)
    if rng.random() < 0.35:
        area = 1 / (1 + np.exp(-6 * (smooth_noise(rng, 45) + 0.1)))
    surface += float(rng.uniform(0.07, 0.16)) * float(rng.choice([-1, 1])) * phases * area
    shape = "droplet-like" if drops else "interconnected"
    return surface, VisibleDefect(0, wavelength, shape, float((area > 0.5).mean()))


def _waves(rng: np.random.Generator, wavelength: float) -> BrightnessMap:
    """Noise of one wavelength in all directions, of unit deviation."""
    fy, fx = fft.fftfreq(SIZE[0])[:, None], fft.rfftfreq(SIZE[1])[None]
    return filtered_noise(rng, np.exp(-(((np.hypot(fy, fx) * wavelength - 1) / _WIDTH) ** 2) / 2))
