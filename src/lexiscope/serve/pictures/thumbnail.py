"""`thumbnail`: an image as a small PNG; of a volume an axial slice, the patient's right on the left."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from lexiscope.serve.pictures.decoded import Decoded
from lexiscope.serve.pictures.disk import Disk
from lexiscope.serve.pictures.picture import require_side
from lexiscope.serve.pictures.shown_file import ShownFile
from lexiscope.serve.pictures.slices import slice_picture

SIDE = 256


def thumbnail(image: Decoded, *, size: int = SIDE) -> bytes:
    """A PNG of an image, shown with the usual window.

    Args:
        image: A plane or a volume; of a volume the middle slice across z, or the fullest where that one is blank, as in
            a mask of something off the middle.
        size: Pixels of the longer side.

    Raises:
        UsageError: a size that no picture is made in.
    """
    return slice_picture(image, index=_shown(image), size=size).data


def thumbnail_file(disk: Disk, shown: ShownFile, image: Callable[[], Decoded], *, size: int = SIDE) -> Path:
    """The file of a thumbnail, made now where it is not there.

    Args:
        disk: Where it is kept.
        shown: What it shows.
        image: Decodes it.
        size: Pixels of the longer side.

    Raises:
        UsageError: a size that no picture is made in.
    """
    require_side(size)
    return disk.file(shown.content, f"-{size}{shown.mark}.png", lambda: thumbnail(image(), size=size))


def _shown(image: Decoded) -> int | None:
    if not image.is_volume:
        return None
    middle = image.values[0, image.values.shape[1] // 2]
    if middle.size and (middle != middle.flat[0]).any():
        return None
    return int(np.argmax((image.values[0] > image.window()[0]).sum(axis=(1, 2))))
