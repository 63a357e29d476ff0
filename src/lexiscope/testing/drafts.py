"""Drafts made by hand, so that a test says in one line what two cases share and what they do not."""

import io
import zlib
from typing import Any

import numpy as np
from PIL import Image as Picture

from lexiscope.core import Passage, Provenance
from lexiscope.sources import Draft, Encoded, ImageFile


def picture(seed: int, size: int = 64) -> np.ndarray:
    """A smooth random picture (y, x), 8 bits: no two seeds look alike.

    Example:
        >>> picture(1).shape, bool((picture(1) == picture(1)).all())
        ((64, 64), True)
    """
    coarse = np.random.default_rng(seed).integers(0, 255, (24, 24), dtype=np.uint8)
    return np.asarray(Picture.fromarray(coarse).resize((size, size), Picture.Resampling.BICUBIC))


def png(pixels: np.ndarray) -> ImageFile:
    """Pixels as a PNG file, (y, x) or (y, x, 3)."""
    stream = io.BytesIO()
    Picture.fromarray(pixels).save(stream, "PNG")
    return ImageFile(Encoded(stream.getvalue(), ".png"))


def jpeg(pixels: np.ndarray, *, quality: int = 60) -> ImageFile:
    """Pixels as a JPEG file, (y, x) or (y, x, 3)."""
    stream = io.BytesIO()
    Picture.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return ImageFile(Encoded(stream.getvalue(), ".jpg"))


def draft(name: str, **fields: Any) -> Draft:
    """A draft with an image, a caption and a group of its own, unless `fields` say otherwise.

    Example:
        >>> draft("a", split="test").group
        'group-a'
    """
    defaults = {
        "images": {"sem": png(picture(zlib.crc32(name.encode())))},
        "texts": (Passage("caption", f"Specimen {name} shows what no other does, {name}."),),
        "group": f"group-{name}",
        "provenance": Provenance("testing", "CC0-1.0", {"name": name}),
    }
    return Draft(id=name, **{**defaults, **fields})
