"""`PlanarView`: a plane as a square picture."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from lexiscope.core.errors import ViewError
from lexiscope.views.resize import FITS, fit_planes
from lexiscope.views.view import View


@dataclass(frozen=True, kw_only=True)
class PlanarView(View):
    """A plane as a square picture, `(c, y, x)`; of a volume the middle slice along z.

    Args:
        size: Side in pixels.
        fit: "pad" keeps the proportions and adds a border; "crop" cuts what overhangs; "squash" gives them up.

    Example:
        >>> import numpy as np
        >>> PlanarView(size=8).prepare(np.zeros((1, 20, 10), np.uint8)).shape
        (3, 8, 8)
    """

    kind: ClassVar[str] = "planar"

    size: int = 224
    fit: str = "pad"

    def __post_init__(self) -> None:
        check_plane(self.size, self.fit)

    @property
    def shape(self) -> tuple[int, ...]:
        """(c, y, x)."""
        return (self.channels, self.size, self.size)

    def _resample(self, pixels: Tensor, spacing: tuple[float, ...] | None) -> tuple[Tensor, Tensor]:
        if pixels.ndim == 4:
            pixels = pixels[:, pixels.shape[1] // 2]  # (c, y, x)
        return fit_planes(pixels, self.size, fit=self.fit, aspect=pixel_aspect(spacing))


def check_plane(size: int, fit: str) -> None:
    """Refuse the settings of a plane that make no sense.

    Raises:
        ViewError: it does not.
    """
    if size < 1 or fit not in FITS:
        raise ViewError(f"a view needs size >= 1 and fit one of {', '.join(FITS)}, got {size} and {fit!r}")


def pixel_aspect(spacing: tuple[float, ...] | None) -> float:
    """Height of a pixel over its width, from the last two spacings; 1 when unknown.

    Example:
        >>> pixel_aspect((5.0, 1.0, 0.5)), pixel_aspect(None)
        (2.0, 1.0)
    """
    return 1.0 if spacing is None else spacing[-2] / spacing[-1]
