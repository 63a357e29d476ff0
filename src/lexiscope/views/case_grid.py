"""`CaseGrid`: all images of a case, and its masks, on one grid of any size, for what answers place by place.

Unlike a `View`, which turns one image into an array of fixed shape, it keeps the image's own grid (or its own field of
view at a fixed spacing), and lays modalities that were scanned on other grids over it by their affines. Labels take the
nearest voxel and are never blended.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from jaxtyping import Bool, Float, Float16
from torch import Tensor
from torch.nn import functional

from lexiscope.core.errors import ViewError
from lexiscope.core.files import sha256_json
from lexiscope.sources.grid import Grid
from lexiscope.views.standard_score import standard_score
from lexiscope.views.voxels import Voxels, laid_over

_RECIPE = 1  # raise it when preparing the same settings gives other values: old caches are then ignored


@dataclass(frozen=True, kw_only=True)
class CaseGrid:
    """Settings of a case's common grid.

    Args:
        channels: Modality -> channels of its prepared image: 3 keeps colour, 1 averages it.
        dims: 3 where volumes are read whole; 2 where slice by slice or as planes.
        spacing: (y, x) or (z, y, x) that every case is brought to, in the unit of the images; with 2 numbers the slices
            stay where they are. None keeps each case's own.

    Example:
        >>> grid = CaseGrid(channels={"t1": 1})
        >>> case = grid.prepare({"t1": Voxels(np.ones((1, 4, 6), np.uint8))}, {})
        >>> case.images["t1"].shape
        (1, 1, 4, 6)
    """

    channels: Mapping[str, int]
    dims: int = 2
    spacing: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.dims not in (2, 3) or not self.channels:
            raise ViewError(f"a case grid needs modalities and 2 or 3 dims, got {dict(self.channels)} and {self.dims}")
        if self.spacing is not None and (len(self.spacing) != self.dims or min(self.spacing) <= 0):
            raise ViewError(f"spacing of a case grid must be {self.dims} positive lengths, got {self.spacing}")

    def prepare(self, images: Mapping[str, Voxels], masks: Mapping[str, Voxels]) -> "PreparedCase":
        """The images standardised, and the masks, on one grid.

        The grid is that of the mask, where there is one, or else of the image with the most voxels.

        Args:
            images: Modality -> its voxels; modalities without `channels` are left out.
            masks: Structure -> voxels, larger than 0 where the structure is.

        Raises:
            ViewError: no image to read, or images that cannot be laid over each other.
        """
        read = {name: image for name, image in sorted(images.items()) if name in self.channels}
        if not read:
            msg = f"expected an image of {', '.join(sorted(self.channels))}, got {', '.join(sorted(images)) or 'none'}"
            raise ViewError(f"{msg}; choose a case or a model that fits")
        reference = next(iter(masks.values()), None) or max(read.values(), key=lambda image: image.values[0].size)
        shape = self._shape(reference)
        prepared = {name: self._image(image, reference, shape, self.channels[name]) for name, image in read.items()}
        labels = {name: self._mask(mask, reference, shape) for name, mask in masks.items()}
        return PreparedCase(prepared, labels, reference.grid)

    def restore(self, values: Float[Tensor, "k z y x"], grid: Grid) -> Float[Tensor, "k z y x"]:
        """Values on the common grid -> on the grid that `prepare` began with; planes keep a z of 1."""
        shape = (1, *grid.shape)[-3:]
        return values if values.shape[1:] == shape else _resized(values, shape, mode="trilinear")

    @cached_property
    def key(self) -> str:
        """16 hex digits that name what `prepare` does."""
        return sha256_json({"recipe": _RECIPE, **self.to_dict()})[:16]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, the inverse of `from_dict`."""
        return {**asdict(self), "channels": dict(self.channels), "spacing": self.spacing and list(self.spacing)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Build from `to_dict`'s form."""
        spacing = record.get("spacing")
        return cls(**{**record, "spacing": None if spacing is None else tuple(spacing)})

    def _shape(self, reference: Voxels) -> tuple[int, int, int]:
        z, y, x = reference.shape
        if self.spacing is None or reference.spacing is None:
            return z, y, x
        pairs = zip((z, y, x)[-self.dims :], reference.spacing[-self.dims :], self.spacing, strict=True)
        sides = [max(1, round(n * have / want)) for n, have, want in pairs]
        return (sides[0], sides[1], sides[2]) if self.dims == 3 else (z, sides[0], sides[1])

    def _image(
        self, image: Voxels, reference: Voxels, shape: tuple[int, int, int], channels: int
    ) -> Float16[np.ndarray, "c z y x"]:
        values = torch.from_numpy(standard_score(laid_over(image, reference)))
        if values.shape[0] != channels:
            values = values.mean(dim=0, keepdim=True).expand(channels, *values.shape[1:])
        return _resized(values, shape, mode="trilinear").to(torch.float16).numpy()

    def _mask(self, mask: Voxels, reference: Voxels, shape: tuple[int, int, int]) -> Bool[np.ndarray, "z y x"]:
        values = laid_over(mask, reference, nearest=True)[:1] > 0
        return _resized(torch.from_numpy(values).float(), shape, mode="nearest-exact")[0].numpy() > 0.5


@dataclass(frozen=True, slots=True)
class PreparedCase:
    """A case on its common grid.

    Args:
        images: Modality -> `(c, z, y, x)`, standardised, z = 1 for planes; modalities that the case lacks are left out.
        masks: Structure -> `(z, y, x)`; what nobody annotated is left out, what is absent is all False.
        grid: Grid that results are restored to.
    """

    images: Mapping[str, Float16[np.ndarray, "c z y x"]]
    masks: Mapping[str, Bool[np.ndarray, "z y x"]] = field(default_factory=dict)
    grid: Grid = field(default_factory=lambda: Grid(()))

    @property
    def shape(self) -> tuple[int, int, int]:
        """(z, y, x) of the common grid."""
        z, y, x = next(iter(self.images.values())).shape[1:]
        return z, y, x


def _resized(values: Tensor, shape: tuple[int, ...], *, mode: str) -> Tensor:
    if values.shape[1:] == shape:
        return values
    options = {"align_corners": False} if mode == "trilinear" else {}
    return functional.interpolate(values[None].float(), size=shape, mode=mode, **options)[0]
