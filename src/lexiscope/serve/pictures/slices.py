"""`slice_picture`: one plane across an axis of a volume as a PNG, drawn as a radiologist is used to."""

from dataclasses import dataclass

import numpy as np

from lexiscope.core.errors import UsageError
from lexiscope.serve.pictures.decoded import Decoded
from lexiscope.serve.pictures.orientation import Sides, as_seen, require_axis, sides_of
from lexiscope.serve.pictures.picture import fitted_size, png, require_side, with_channel
from lexiscope.serve.pictures.window import chosen_window, to_bytes


@dataclass(frozen=True, slots=True)
class SlicePicture:
    """A slice as a picture.

    Args:
        data: PNG.
        index: Which plane it is, from 0 at the patient's feet, back or left, or at the first page.
        sides: Letters of its borders; None where the file states no place in a patient.
    """

    data: bytes
    index: int
    sides: Sides | None


def slice_picture(
    image: Decoded,
    *,
    axis: str = "z",
    index: int | None = None,
    low: float | None = None,
    high: float | None = None,
    channel: int | None = None,
    size: int | None = None,
) -> SlicePicture:
    """A plane across an axis of a volume; a picture is its own only plane.

    Args:
        image: A volume or a plane.
        axis: "z" (axial), "y" (coronal) or "x" (sagittal).
        index: Plane along it; None is the middle.
        low: Value that is shown black; None is that of the usual window.
        high: Value that is shown white.
        channel: Channel; None shows colours as colours, otherwise the first.
        size: Pixels of the longer side; None stretches the coarser axis to the finer one.

    Raises:
        UsageError: no such axis, plane or channel, or a window or size that makes no sense.
    """
    place = require_axis(axis)
    if size is not None:
        require_side(size)
    if not image.is_volume and axis != "z":
        raise UsageError(f"a picture has no slices across {axis}; ask for axis=z")
    values = image.values if image.is_volume else image.values[:, None]
    count = values.shape[1 + place]
    index = count // 2 if index is None else index
    if not 0 <= index < count:
        raise UsageError(f"slices across {axis} go from 0 to {count - 1}, got {index}; ask for one of them")
    plane = as_seen(with_channel(np.moveaxis(values, 1 + place, 0)[index], channel), image)
    spacing = image.spacing and (1.0, *image.spacing)[-3:]
    in_plane = tuple(size for at, size in enumerate(spacing) if at != place) if spacing else None
    shown = to_bytes(plane, chosen_window(image.window(channel), low, high))
    return SlicePicture(png(shown, fitted_size(shown.shape[1:], in_plane, size)), index, sides_of(image, axis))
