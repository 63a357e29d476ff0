"""`Header`: what an image file says about itself before it is decoded."""

import math
from dataclasses import dataclass

from lexiscope.core.errors import SourceError
from lexiscope.core.memory import free_bytes

MAX_PIXELS = 2**29
"""Most values (pixels x channels) of one image: 812 voxels cubed, or 13,000 x 13,000 in RGB."""

MAX_BYTES = 2**31
"""Most bytes that one image may decode to."""

_COPIES = 4  # of an image's values while it is decoded, turned and hashed


def require_memory(wanted: int, *, what: str) -> None:
    """Refuse an image that would take more bytes than are allowed for one, or than are free.

    Args:
        wanted: Bytes that its header claims.
        what: What it is, for the message.

    Raises:
        SourceError: too many.

    Example:
        >>> require_memory(1000, what="the NIfTI")
    """
    fit = free_bytes() // _COPIES
    if wanted <= min(MAX_BYTES, fit):
        return
    msg = f"{what} claims {wanted:,} bytes of values; at most {MAX_BYTES:,} are read, and {fit:,} fit here now"
    raise SourceError(msg, remedy="crop or downsample it, read it where more memory is free, or leave it out")


@dataclass(frozen=True, slots=True)
class Header:
    """Header of an image file, in the orientation and axis order of its decoded pixels.

    Args:
        format: "png", "jpeg", "gif", "bmp", "webp", "tiff" or "nifti".
        shape: (y, x) or (z, y, x).
        channels: Channels of the decoded pixels.
        bits: Bits per channel of the decoded pixels.
        spacing: Size of a pixel along each axis of `shape`; None when the file does not state it.
        unit: "mm" or "nm", together with `spacing`.
        notes: Remarks on what was left out, guessed or inverted; they become steps of the case's provenance.

    Raises:
        SourceError: the image is larger than `MAX_PIXELS` or `MAX_BYTES`, or has no pixels at all.
    """

    format: str
    shape: tuple[int, ...]
    channels: int
    bits: int
    spacing: tuple[float, ...] | None = None
    unit: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = math.prod(self.shape) * self.channels
        if values < 1 or min(self.shape) < 1:
            raise SourceError(
                f"expected an image, got a {self.format} of shape {self.shape} x {self.channels} channels"
            )
        if values > MAX_PIXELS or values * self.bits // 8 > MAX_BYTES:
            msg = (
                f"the {self.format} header claims {values:,} values of {self.bits} bits "
                f"(shape {self.shape}, {self.channels} channels); "
                f"at most {MAX_PIXELS:,} values and {MAX_BYTES:,} bytes are read"
            )
            raise SourceError(msg, remedy="tile, crop or downsample the image, or leave the file out if it is damaged")
