"""`VolumeView`: a volume on a grid of known spacing, for 3-D towers."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from lexiscope.core.errors import ViewError
from lexiscope.views.resize import centre, resize_volume
from lexiscope.views.view import View


@dataclass(frozen=True, kw_only=True)
class VolumeView(View):
    """A volume on a fixed grid, `(c, z, y, x)`; a plane counts as a volume of one slice.

    With `spacing` and a known spacing of the image, the volume is resampled to `spacing` and cut or padded around its
    centre, so one voxel means the same length in every case. When either is unknown, the volume is resized to `shape`
    and lengths are lost.

    Args:
        grid: (z, y, x) voxels.
        spacing: (z, y, x) in the unit of the images, or None to resize by shape.

    Example:
        >>> import numpy as np
        >>> view = VolumeView(grid=(4, 4, 4), spacing=(1.0, 1.0, 1.0))
        >>> prepared = view.prepare(np.full((1, 2, 4, 4), 9, np.uint8), (1.0, 1.0, 1.0))
        >>> (prepared[0, :, 0, 0] != 0).tolist()  # two voxels of image, one of padding on each side
        [False, True, True, False]
    """

    kind: ClassVar[str] = "volume"
    channel_axis: ClassVar[int] = -4

    grid: tuple[int, int, int] = (64, 96, 96)
    spacing: tuple[float, float, float] | None = None
    channels: int = 1

    def __post_init__(self) -> None:
        if len(self.grid) != 3 or any(n < 1 for n in self.grid):
            raise ViewError(f"a volume view needs a grid of 3 positive sizes (z, y, x), got {self.grid}")
        if self.spacing is not None and (len(self.spacing) != 3 or any(s <= 0 for s in self.spacing)):
            raise ViewError(
                f"spacing of a volume view must be 3 positive lengths (z, y, x) or None, got {self.spacing}"
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """(c, z, y, x)."""
        return (self.channels, *self.grid)

    def _resample(self, pixels: Tensor, spacing: tuple[float, ...] | None) -> tuple[Tensor, Tensor]:
        if pixels.ndim == 3:
            pixels, spacing = pixels.unsqueeze(1), None  # (c, 1, y, x)
        if self.spacing is None or spacing is None:
            return resize_volume(pixels, self.grid), pixels.new_ones(self.grid)
        lengths = [n * step for n, step in zip(pixels.shape[1:], spacing, strict=True)]
        z, y, x = (max(1, round(length / step)) for length, step in zip(lengths, self.spacing, strict=True))
        return centre(resize_volume(pixels, (z, y, x)), self.grid)
