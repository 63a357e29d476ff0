"""Pixels of a figure -> the bytes of an image file."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from lexiscope.sources.draft import Encoded


def png(pixels: NDArray[np.uint8]) -> Encoded:
    """A PNG file of `(y, x, 3)`; grey where it has no colour, which makes the file smaller."""
    grey = bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all())
    stream = io.BytesIO()
    Pillow.fromarray(pixels[..., 0] if grey else pixels).save(stream, "PNG", compress_level=2)
    return Encoded(stream.getvalue(), ".png")
