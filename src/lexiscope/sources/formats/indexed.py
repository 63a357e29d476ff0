"""Pictures with a palette, read as the indices that they store: in label images those are the classes."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.header import Header

_FORMATS = ("PNG", "GIF", "BMP", "TIFF")


def has_palette(path: Path) -> bool:
    """True for a picture whose pixels are indices into a palette."""
    try:
        with Pillow.open(path, formats=_FORMATS) as image:
            return image.mode in ("P", "PA")
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Pillow.DecompressionBombError):
        return False


def read_indices(path: Path) -> NDArray[np.uint8]:
    """Indices `(y, x)` of a picture with a palette, as stored.

    Raises:
        SourceError: it is damaged, or too large.
    """
    try:
        with Pillow.open(path, formats=_FORMATS) as image:
            x, y = image.size
            Header(str(image.format).lower(), (y, x), 1, 8)  # refuses what is too large before any of it is decoded
            indices: Any = np.asarray(image if image.mode == "P" else image.getchannel("P"))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Pillow.DecompressionBombError) as error:
        raise SourceError(f"{path.name} is damaged: {error}", remedy="copy or export the file again") from error
    return indices.astype(np.uint8)
