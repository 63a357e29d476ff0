"""`Intensity`: scaling from stored values to the values that a tower was trained on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from jaxtyping import Float, Float32
from torch import Tensor

from lexiscope.core.errors import ViewError

SCALES = ("auto", "bits", "percentile", "window")
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_TINY = 1e-30  # an image of one value is divided by it, not by zero
_SAMPLE = 1 << 20  # values that percentiles are taken from: a regular stride through larger images


@dataclass(frozen=True, slots=True)
class Intensity:
    """Scaling of stored values to [0, 1], then by the tower's own mean and standard deviation.

    Args:
        scale: "bits" divides by the largest value of the stored integer type; "percentile" maps the 0.5th to 99.5th
            percentile of the non-zero values to [0, 1], which survives hot pixels and empty background (MR, electron
            microscopy, 12 bits stored in 16); "window" maps `window` (CT, in Hounsfield units); "auto" takes "bits" for
            8-bit planes and "percentile" for everything else.
        window: Stored values (low, high) that become 0 and 1, for "window".
        mean: Mean of each channel, subtracted after scaling; one value serves any number of channels.
        std: Standard deviation of each channel, which divides.

    Raises:
        ViewError: an unknown scale, a window that is missing or empty, a std that is not positive.
    """

    scale: str = "auto"
    window: tuple[float, float] | None = None
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise ViewError(f"intensity scale must be one of {', '.join(SCALES)}, got {self.scale!r}")
        if (self.scale == "window") != (self.window is not None):
            raise ViewError(f"scale 'window' and window=(low, high) go together, got {self.scale!r} and {self.window}")
        if self.window is not None and not self.window[0] < self.window[1]:
            raise ViewError(f"window must be (low, high) with low < high, got {self.window}")
        if len(self.mean) != len(self.std) or any(s <= 0 for s in self.std):
            raise ViewError(f"mean and std must pair up with std > 0, got {self.mean} and {self.std}")

    def to_unit(self, pixels: np.ndarray) -> Float32[np.ndarray, "..."]:
        """Values in [0, 1]; NaN and infinity become 0, and an image of one value becomes one value.

        Example:
            >>> window = Intensity(scale="window", window=(-100.0, 300.0))
            >>> window.to_unit(np.array([[[-1000, 100, 300]]], np.int16)).tolist()
            [[[0.0, 0.5, 1.0]]]
        """
        low, high = self._range(pixels)
        x = pixels.astype(np.float32)  # a copy: 16-bit integers are exact in it
        if pixels.dtype.kind == "f":
            x[~np.isfinite(x)] = low
        x -= np.float32(low)
        x /= np.float32(max(high - low, _TINY))
        return np.clip(x, 0.0, 1.0, out=x)

    def standardise(self, x: Float[Tensor, "..."], *, channel_axis: int) -> Float[Tensor, "..."]:
        """Values less the mean, divided by the standard deviation of each channel.

        Example:
            >>> import torch
            >>> Intensity(mean=(0.5,), std=(0.25,)).standardise(torch.ones(1, 1, 1), channel_axis=0).item()
            2.0
        """
        axis = channel_axis % x.ndim
        mean, std = self.mean, self.std
        if len(mean) not in (1, x.shape[axis]):  # a grey view of a tower's colour statistics
            mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
        layout = [-1 if i == axis else 1 for i in range(x.ndim)]
        return (x - x.new_tensor(mean).view(layout)) / x.new_tensor(std).view(layout)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types.

        Example:
            >>> Intensity.from_dict(Intensity(mean=(0.5,), std=(0.2,)).to_dict()).std
            (0.2,)
        """
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        settings: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
        }
        return cls(**settings)

    def _range(self, pixels: np.ndarray) -> tuple[float, float]:
        if self.window is not None:
            return self.window
        if self.scale == "bits" or (self.scale == "auto" and pixels.dtype == np.uint8 and pixels.ndim == 3):
            return _type_range(pixels.dtype)
        return _percentile_range(pixels)


def _type_range(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "b":
        return 0.0, 1.0
    if dtype.kind in "ui":
        return 0.0, float(np.iinfo(dtype).max)
    return 0.0, 1.0  # floats that a source declares to be in [0, 1]


def _percentile_range(pixels: np.ndarray) -> tuple[float, float]:
    values = pixels.reshape(-1)
    values = values[:: max(1, values.size // _SAMPLE)]
    values = values[(values != 0) & np.isfinite(values)]
    if values.size == 0:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(values.astype(np.float64), (0.5, 99.5)))
    return (low, high) if high > low else (min(low, 0.0), max(high, 0.0))  # one value: keep its sign against 0
