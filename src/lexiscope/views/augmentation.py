"""`Augmentation`: random variants of a prepared array."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from lexiscope.core.errors import ViewError


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes of an image that leave its content as it is.

    Args:
        flip: Mirror left and right, half of the time. Off unless asked: in anatomy it swaps the sides, and in figures
            it mirrors the writing.
        crop: Smallest share of each side that a random crop keeps; the crop is resized back. 1 keeps all.
        intensity: Largest relative change of contrast, and of brightness in standard deviations. 0 changes nothing.

    Raises:
        ViewError: a share outside (0, 1] or a negative intensity.
    """

    flip: bool = False
    crop: float = 0.8
    intensity: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.crop <= 1 or self.intensity < 0:
            raise ViewError(
                f"augmentation needs 0 < crop <= 1 and intensity >= 0, got {self.crop} and {self.intensity}"
            )

    def apply(self, x: Float[Tensor, "..."], generator: torch.Generator) -> Float[Tensor, "..."]:
        """A random variant of `x` `(c, y, x)`, `(s, c, y, x)` or `(c, z, y, x)`; slices and channels change together.

        Args:
            x: A prepared array.
            generator: Generator of the random numbers.

        Example:
            >>> still = Augmentation(flip=False, crop=1.0, intensity=0.0)
            >>> x = torch.rand(3, 4, 4)
            >>> still.apply(x, torch.Generator().manual_seed(0)).equal(x)
            True
        """
        draws = torch.rand(6, generator=generator).tolist()
        if self.crop < 1:
            x = _crop(x, self.crop + (1 - self.crop) * draws[0], at=(draws[1], draws[2]))
        if self.flip and draws[3] < 0.5:
            x = x.flip(-1)
        if self.intensity > 0:
            x = x * (1 + self.intensity * (2 * draws[4] - 1)) + self.intensity * (2 * draws[5] - 1)
        return x

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types.

        Example:
            >>> Augmentation(flip=True).to_dict()
            {'flip': True, 'crop': 0.8, 'intensity': 0.1}
        """
        return asdict(self)


def _crop(x: Tensor, share: float, *, at: tuple[float, float]) -> Tensor:
    height, width = x.shape[-2:]
    rows, columns = max(1, round(height * share)), max(1, round(width * share))
    top, left = round((height - rows) * at[0]), round((width - columns) * at[1])
    window = x[..., top : top + rows, left : left + columns]
    planes = window.reshape(-1, 1, rows, columns).float()
    planes = functional.interpolate(planes, (height, width), mode="bilinear", align_corners=False)
    return planes.reshape(x.shape).to(x.dtype)
