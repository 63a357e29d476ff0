"""`bare_surface` and `detector_image`: the plain surface of a glass, and what the microscope adds to it."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from lexiscope.simulate.glass.plan import SIZE

BrightnessMap = NDArray[np.float32]
"""(y, x) brightness around 0; 1 is the whole range of the detector."""


def smooth_noise(rng: np.random.Generator, scale: float) -> BrightnessMap:
    """Noise of unit deviation whose grains are about `scale` pixels wide, without a border.

    Args:
        rng: Source of the noise.
        scale: Width of the grains in pixels.

    Example:
        >>> noise = smooth_noise(np.random.default_rng(0), 8.0)
        >>> noise.shape == SIZE, round(float(noise.std()), 3)
        (True, 1.0)
    """
    fy, fx = fft.fftfreq(SIZE[0])[:, None], fft.rfftfreq(SIZE[1])[None]
    return filtered_noise(rng, np.exp(-2 * (np.pi * scale) ** 2 * (fy**2 + fx**2)))


def filtered_noise(rng: np.random.Generator, kept: NDArray[np.float64]) -> BrightnessMap:
    """Noise of unit deviation.

    Args:
        rng: Source of the noise.
        kept: Share of each frequency that is left, as `rfft2` orders them.
    """
    noise = fft.irfft2(fft.rfft2(rng.standard_normal(SIZE)) * kept, SIZE)
    return np.asarray(noise / noise.std(), np.float32)


def bare_surface(rng: np.random.Generator, *, polished: bool) -> BrightnessMap:
    """Surface without defects: grain of several sizes, and on a fracture wide faint arcs.

    Args:
        rng: Source of the grain.
        polished: Whether the surface is polished; else it is fractured.
    """
    surface = sum(
        float(rng.uniform(*share)) * smooth_noise(rng, scale)
        for scale, share in ((0.8, (0.01, 0.03)), (2.5, (0.005, 0.015)), (14, (0.01, 0.03)), (60, (0.02, 0.06)))
    )
    if not polished and rng.random() < 0.7:
        surface = surface + _arcs(rng)
    return np.asarray(surface, np.float32)


def with_specimen_edge(surface: BrightnessMap, rng: np.random.Generator) -> BrightnessMap:
    """Surface that now and then ends within the picture: dark beyond its edge, a little bright along it."""
    if rng.random() > 0.2:
        return surface
    y, x = np.indices(SIZE, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    away = (x - SIZE[1] / 2) * np.cos(angle) + (y - SIZE[0] / 2) * np.sin(angle)
    away = away - rng.uniform(115, 145) + 4 * smooth_noise(rng, 25)
    beyond = 1 / (1 + np.exp(-away.clip(-30, 30) / 1.5))
    return np.asarray(surface * (1 - beyond) - 0.35 * beyond + 0.1 * np.exp(-((away + 4) ** 2) / 18), np.float32)


def detector_image(surface: BrightnessMap, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Image of 8 bits: shading, charging streaks, focus, brightness and contrast, and the detector's noise.

    Args:
        surface: Brightness of the surface.
        rng: Source of all these.
    """
    y, x = np.mgrid[-1 : 1 : SIZE[0] * 1j, -1 : 1 : SIZE[1] * 1j].astype(np.float32)
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.12)
    image = surface + strength * (np.cos(angle) * x + np.sin(angle) * y) - rng.uniform(0, 0.06) * (x**2 + y**2)
    if rng.random() < 0.4:
        image = image + _streaks(rng)
    image = ndimage.gaussian_filter(image, float(rng.uniform(0.4, 0.9)))
    # The operator turns the contrast up where there is little to see, but not all the way
    wanted = rng.uniform(0.09, 0.16)
    gain = (wanted / float(image.std())) ** 0.75
    image = (image - image.mean()) * min(gain, 2.5) + rng.uniform(0.34, 0.62)
    image = image + rng.uniform(0.012, 0.045) * rng.standard_normal(SIZE)
    return (255 * image).round().clip(0, 255).astype(np.uint8)


def _arcs(rng: np.random.Generator) -> BrightnessMap:
    """Ripples around a point far outside, as a running fracture leaves them; wide and faint."""
    y, x = np.indices(SIZE, dtype=np.float32)
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(300, 900)
    distance = np.hypot(y - SIZE[0] / 2 - far * np.sin(angle), x - SIZE[1] / 2 - far * np.cos(angle))
    wave = np.sin(distance / rng.uniform(6, 16) + 2 * smooth_noise(rng, 40))
    fades = np.clip(0.5 + 0.5 * smooth_noise(rng, 50), 0, 1)
    return np.asarray(rng.uniform(0.015, 0.04) * wave * fades, np.float32)


def _streaks(rng: np.random.Generator) -> BrightnessMap:
    """Lines of the scan that charging made brighter or darker, fading to the right."""
    streaks = np.zeros(SIZE, np.float32)
    along = np.arange(SIZE[1], dtype=np.float32)
    for _ in range(int(rng.integers(3, 14))):
        row, start = int(rng.integers(SIZE[0])), float(rng.uniform(0, SIZE[1]))
        line = np.exp(-(along - start) / rng.uniform(40, 160)) * (along >= start)
        streaks[row : row + int(rng.integers(1, 3))] += rng.uniform(-0.06, 0.09) * line
    return streaks
