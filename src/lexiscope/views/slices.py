"""`SlicesView`: a volume as evenly spaced slices, for towers that read pictures."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from lexiscope.core.errors import ViewError
from lexiscope.views.planar import check_plane, pixel_aspect
from lexiscope.views.resize import fit_planes
from lexiscope.views.view import View


@dataclass(frozen=True, kw_only=True)
class SlicesView(View):
    """A volume as evenly spaced slices, `(s, c, y, x)`; a plane counts as a volume of one slice.

    Slices lie in the middle of equal parts of the axis, so the empty ends weigh no more than the rest; a volume with
    fewer slices than asked repeats them.

    Args:
        size: Side of each slice in pixels.
        slices: Number of slices.
        axis: Axis of `(z, y, x)` to cut along: 0 axial, 1 coronal, 2 sagittal in the orientation of `read_pixels`.
        fit: "pad", "crop" or "squash", as in `PlanarView`.

    Example:
        >>> import numpy as np
        >>> SlicesView(size=8, slices=2, channels=1).prepare(np.zeros((1, 5, 20, 10), np.uint8)).shape
        (2, 1, 8, 8)
    """

    kind: ClassVar[str] = "slices"

    size: int = 224
    slices: int = 8
    axis: int = 0
    fit: str = "pad"

    def __post_init__(self) -> None:
        check_plane(self.size, self.fit)
        if self.slices < 1 or self.axis not in (0, 1, 2):
            raise ViewError(f"a slices view needs slices >= 1 and axis 0, 1 or 2, got {self.slices} and {self.axis}")

    @property
    def shape(self) -> tuple[int, ...]:
        """(s, c, y, x)."""
        return (self.slices, self.channels, self.size, self.size)

    def _resample(self, pixels: Tensor, spacing: tuple[float, ...] | None) -> tuple[Tensor, Tensor]:
        if pixels.ndim == 3:
            return self._fit(pixels.unsqueeze(0).expand(self.slices, -1, -1, -1), spacing)
        planes = pixels.movedim(1 + self.axis, 0)  # (n, c, y, x)
        if spacing is not None:
            spacing = tuple(step for axis, step in enumerate(spacing) if axis != self.axis)
        middles = (torch.arange(self.slices) + 0.5) * planes.shape[0] / self.slices
        return self._fit(planes[middles.long()], spacing)  # (s, c, y, x)

    def _fit(self, planes: Tensor, spacing: tuple[float, ...] | None) -> tuple[Tensor, Tensor]:
        return fit_planes(planes, self.size, fit=self.fit, aspect=pixel_aspect(spacing))
