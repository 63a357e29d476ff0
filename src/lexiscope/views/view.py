"""`View`: the interface of the room. A frozen setting that turns pixels into one array of fixed shape."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import torch
from jaxtyping import Float, Float16
from torch import Tensor

from lexiscope.core.errors import ViewError
from lexiscope.core.files import sha256_json
from lexiscope.views.augmentation import Augmentation
from lexiscope.views.intensity import Intensity

_RECIPE = 1  # raise it when preparing the same settings gives other values: old caches are then ignored


@dataclass(frozen=True, kw_only=True)
class View(ABC):
    """A frozen setting that turns pixels into one array of fixed shape.

    Args:
        channels: 3 for towers trained on colour (grey is repeated), 1 for towers trained on grey (colour is averaged).
        intensity: Scaling from stored values to the tower's values.
        augmentation: Random changes that `augment` draws; no part of `key`, because nothing of it is cached.
    """

    kind: ClassVar[str]
    channel_axis: ClassVar[int] = -3  # of a prepared array: (c, y, x) and (s, c, y, x)

    channels: int = 3
    intensity: Intensity = field(default_factory=Intensity)
    augmentation: Augmentation = field(default_factory=Augmentation)

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one prepared array."""

    @abstractmethod
    def _resample(self, pixels: Tensor, spacing: tuple[float, ...] | None) -> tuple[Tensor, Tensor]:
        """Values in [0, 1] on the view's grid, and where the grid lies inside the image (1) or on padding (0)."""

    def prepare(self, pixels: np.ndarray, spacing: tuple[float, ...] | None = None) -> Float16[np.ndarray, "..."]:
        """Prepared array of an image; equal pixels always give equal bits.

        Args:
            pixels: `(c, y, x)` or `(c, z, y, x)` in any integer or float type; NaN and infinity count as background.
            spacing: Size of a pixel along each spatial axis, in one unit; None when unknown.

        Raises:
            ViewError: pixels of another rank, or none at all.
        """
        if pixels.ndim not in (3, 4) or pixels.size == 0:
            msg = f"expected pixels (c, y, x) or (c, z, y, x), got shape {pixels.shape}"
            raise ViewError(f"{msg}; read them with sources.pixels.read_pixels")
        if spacing is not None and len(spacing) != pixels.ndim - 1:
            msg = f"expected {pixels.ndim - 1} spacings for pixels of shape {pixels.shape}, got {spacing}"
            raise ViewError(f"{msg}; pass None when unknown")
        x = torch.from_numpy(self.intensity.to_unit(pixels))  # (c, ..., y, x) in [0, 1]
        x, inside = self._resample(_match_channels(x, self.channels), spacing)
        x = self.intensity.standardise(x, channel_axis=self.channel_axis)
        x = x * inside  # padding is 0: the mean colour, which says least
        return x.to(torch.float16).numpy()

    def augment(self, x: Float[Tensor, "..."], generator: torch.Generator) -> Float[Tensor, "..."]:
        """A random variant of a prepared array, drawn from `generator` alone."""
        return self.augmentation.apply(x, generator)

    @cached_property
    def key(self) -> str:
        """16 hex digits that name what `prepare` does."""
        settings = {name: value for name, value in self.to_dict().items() if name != "augmentation"}
        return sha256_json({"recipe": _RECIPE, **settings})[:16]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, the inverse of `view_from_dict`."""
        return {"kind": self.kind} | {item.name: _plain(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """Build from `to_dict`'s form without its `kind`."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()
        }
        values["intensity"] = Intensity.from_dict(settings.get("intensity", {}))
        values["augmentation"] = Augmentation(**settings.get("augmentation", {}))
        return cls(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Intensity | Augmentation):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value


def _match_channels(x: Tensor, channels: int) -> Tensor:
    """Grey repeated, colour averaged; further channels (multi-channel microscopy) are averaged to grey first."""
    if x.shape[0] == channels:
        return x
    grey = x.mean(dim=0, keepdim=True)
    return grey.expand(channels, *x.shape[1:])
