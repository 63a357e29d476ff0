"""`tiff_images`: each image of a TIFF that holds several, as a file of its own with its own pixel size."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import ImageFile
from lexiscope.sources.encode import plane_file, stack_file
from lexiscope.sources.formats.header import Header
from lexiscope.sources.formats.tiff import read_tiff_image, tiff_image_names
from lexiscope.sources.scans.micrograph.image import MicrographImage


def tiff_images(path: Path) -> Iterator[MicrographImage | SourceError]:
    """The images of a file that holds several; nothing for one with a single image, or that is damaged.

    What is a series or has channels that no single file holds comes as the error that says so.
    """
    try:
        names = tiff_image_names(path)
    except Exception:  # on damaged bytes tifffile raises nearly anything; the build names the file and why
        return
    for number, name in enumerate(names if len(names) > 1 else ()):
        what = f"{path.name}, image {number + 1} {name}".strip()
        try:
            header, pixels = read_tiff_image(path, number)
            yield MicrographImage(name, _file(header, pixels, what), header.notes)
        except SourceError as error:
            yield SourceError(f"{what}: {error}", remedy=error.remedy)
        except Exception as error:  # as above
            yield SourceError(f"{what} is damaged: {type(error).__name__}: {error}", remedy="export the image again")


def _file(header: Header, pixels: NDArray[Any], what: str) -> ImageFile:
    is_plane = len(header.shape) == 2
    if is_plane and len(pixels) in (1, 3):
        return plane_file(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1), header.spacing, unit="nm")
    if len(pixels) == 1:
        return stack_file(pixels[0], header.spacing, unit="nm")
    msg = f"{what} has {len(pixels)} channels of {header.shape}, and a file of several images is kept as simple ones"
    raise SourceError(msg, remedy="save the image as a file of its own")
