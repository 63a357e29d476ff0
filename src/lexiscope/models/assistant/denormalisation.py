"""`Denormalisation`: the way back from prepared pixels of a view to the 8-bit pictures that published models read."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from lexiscope.core.errors import ModelError
from lexiscope.views import View


@dataclass(frozen=True, slots=True)
class Denormalisation:
    """Way back from prepared pixels of a modality to 8-bit pictures.

    Args:
        kind: Kind of the view: "planar", "slices" or "volume".
        mean: Mean of each channel that the view subtracted.
        std: Standard deviation of each channel that the view divided by.

    Example:
        >>> grey = Denormalisation("planar", mean=(0.5,), std=(0.25,))
        >>> grey.pictures(torch.zeros(1, 1, 2, 2), slices=1)[0, 0, 0, 0].tolist()
        [128, 128, 128]
    """

    kind: str
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, view: View) -> "Denormalisation":
        """The way back from what a view prepared."""
        return cls(view.kind, view.intensity.mean, view.intensity.std)

    def pictures(self, x: Float[Tensor, "b ..."], *, slices: int) -> UInt8[np.ndarray, "b s y x 3"]:
        """8-bit colour pictures: the plane, or some slices, each from the middle of an equal part of the volume.

        Raises:
            ModelError: neither one channel nor three.
        """
        if self.kind == "volume":
            x = x.transpose(1, 2)  # (b, z, c, y, x)
        planes = x[:, None] if self.kind == "planar" else x  # (b, s, c, y, x)
        kept = min(slices, planes.shape[1])
        planes = planes[:, ((torch.arange(kept) + 0.5) * planes.shape[1] / kept).long()].float().cpu()
        channels = planes.shape[2]
        if channels not in (1, 3):
            raise ModelError(f"a picture has 1 channel or 3, got {channels}; use an encoder of lexiscope's own")
        mean, std = (
            planes.new_tensor(values if len(values) in (1, channels) else [sum(values) / len(values)])[:, None, None]
            for values in (self.mean, self.std)
        )
        unit = (planes * std + mean).clamp(0, 1).expand(-1, -1, 3, -1, -1)
        return (unit * 255).round().to(torch.uint8).movedim(2, -1).contiguous().numpy()
