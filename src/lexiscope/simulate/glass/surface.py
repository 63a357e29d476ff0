"""The plain surface of a glass, and what the microscope adds to it."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from lexiscope.simulate.glass.plan import SIZE

Map = NDArray[np.float32]
"""(y, x) brightness around 0; 1 is the whole range of the detector."""


def smooth_noise(chance: np.random.Generator, scale: float) -> Map:
    """Noise of unit deviation whose grains are about `scale` pixels wide, without a border."""
    fy, fx = fft.fftfreq(SIZE[0])[:, None], fft.rfftfreq(SIZE[1])[None]
    return filtered_noise(chance, np.exp(-2 * (np.pi * scale) ** 2 * (fy**2 + fx**2)))


def filtered_noise(chance: np.random.Generator, kept: NDArray[np.float64]) -> Map:
    """Noise of unit deviation.

    Args:
        kept: Share of each frequency that is left, as `rfft2` orders them.
    """
    noise = fft.irfft2(fft.rfft2(chance.standard_normal(SIZE)) * kept, SIZE)
    return np.asarray(noise / noise.std(), np.float32)


def bare_surface(chance: np.random.Generator, *, polished: bool) -> Map:
    """Grain of several sizes; a fractured surface has wide faint arcs beside it."""
    surface = sum(
        float(chance.uniform(*share)) * smooth_noise(chance, scale)
        for scale, share in ((0.8, (0.01, 0.03)), (2.5, (0.005, 0.015)), (14, (0.01, 0.03)), (60, (0.02, 0.06)))
    )
    if not polished and chance.random() < 0.7:
        surface = surface + _arcs(chance)
    return np.asarray(surface, np.float32)


def cut_off(surface: Map, chance: np.random.Generator) -> Map:
    """Now and then the end of the specimen: dark beyond it, and a little bright along it."""
    if chance.random() > 0.2:
        return surface
    y, x = np.indices(SIZE, dtype=np.float32)
    angle = chance.uniform(0, 2 * np.pi)
    away = (x - SIZE[1] / 2) * np.cos(angle) + (y - SIZE[0] / 2) * np.sin(angle)
    away = away - chance.uniform(115, 145) + 4 * smooth_noise(chance, 25)
    beyond = 1 / (1 + np.exp(-away.clip(-30, 30) / 1.5))
    return np.asarray(surface * (1 - beyond) - 0.35 * beyond + 0.1 * np.exp(-((away + 4) ** 2) / 18), np.float32)


def seen_by_detector(surface: Map, chance: np.random.Generator) -> NDArray[np.uint8]:
    """Shading, charging streaks, focus, the operator's brightness and contrast, and the detector's noise: 8 bits."""
    y, x = np.mgrid[-1 : 1 : SIZE[0] * 1j, -1 : 1 : SIZE[1] * 1j].astype(np.float32)
    angle, strength = chance.uniform(0, 2 * np.pi), chance.uniform(0, 0.12)
    seen = surface + strength * (np.cos(angle) * x + np.sin(angle) * y) - chance.uniform(0, 0.06) * (x**2 + y**2)
    if chance.random() < 0.4:
        seen = seen + _streaks(chance)
    seen = ndimage.gaussian_filter(seen, float(chance.uniform(0.4, 0.9)))
    # The operator turns the contrast up where there is little to see, but not all the way
    wanted = chance.uniform(0.09, 0.16)
    gain = (wanted / float(seen.std())) ** 0.75
    seen = (seen - seen.mean()) * min(gain, 2.5) + chance.uniform(0.34, 0.62)
    seen = seen + chance.uniform(0.012, 0.045) * chance.standard_normal(SIZE)
    return (255 * seen).round().clip(0, 255).astype(np.uint8)


def _arcs(chance: np.random.Generator) -> Map:
    """Ripples around a point far outside, as a running fracture leaves them; wide and faint."""
    y, x = np.indices(SIZE, dtype=np.float32)
    angle, far = chance.uniform(0, 2 * np.pi), chance.uniform(300, 900)
    distance = np.hypot(y - SIZE[0] / 2 - far * np.sin(angle), x - SIZE[1] / 2 - far * np.cos(angle))
    wave = np.sin(distance / chance.uniform(6, 16) + 2 * smooth_noise(chance, 40))
    fades = np.clip(0.5 + 0.5 * smooth_noise(chance, 50), 0, 1)
    return np.asarray(chance.uniform(0.015, 0.04) * wave * fades, np.float32)


def _streaks(chance: np.random.Generator) -> Map:
    """Lines of the scan that charging made brighter or darker, fading to the right."""
    streaks = np.zeros(SIZE, np.float32)
    along = np.arange(SIZE[1], dtype=np.float32)
    for _ in range(int(chance.integers(3, 14))):
        row, start = int(chance.integers(SIZE[0])), float(chance.uniform(0, SIZE[1]))
        line = np.exp(-(along - start) / chance.uniform(40, 160)) * (along >= start)
        streaks[row : row + int(chance.integers(1, 3))] += chance.uniform(-0.06, 0.09) * line
    return streaks
