"""PNG, JPEG, GIF, BMP and WebP through Pillow; 16-bit colour PNG through libpng, since Pillow cuts it to 8 bits.

Planes only: of an animation the first frame is read. EXIF orientation is applied, palettes and CMYK become RGB, and
what is transparent lies on white. Resolution fields hold print sizes in these formats, so spacing is never taken.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from lexiscope.sources.formats.header import Header
from lexiscope.sources.formats.upright import upright, upright_axes
from lexiscope.sources.steady import open_input, read_input

_GREY = {"1": 8, "L": 8, "I;16": 16, "I;16L": 16, "I;16B": 16, "I": 32, "F": 32}
_EXIF_ORIENTATION = 0x0112
_LEAST_SIDE = 128  # pixels along the shorter side that `peek` keeps of a JPEG at least


def header(path: Path, format: str) -> Header:
    """Read size and kind without decoding."""
    with Pillow.open(path, formats=[format.upper()]) as image:
        x, y = image.size
        shape = upright_axes((y, x), _orientation(image))
        if _is_deep_png(path, format):
            return Header(format, shape, channels=_deep_channels(path), bits=16)
        grey = image.mode in _GREY or image.mode == "LA"
        return Header(format, shape, channels=1 if grey else 3, bits=_GREY.get(image.mode, 8), notes=_left_out(image))


def pixels(path: Path, format: str) -> NDArray[Any]:
    """Decode to `(c, y, x)`."""
    with Pillow.open(path, formats=[format.upper()]) as image:
        orientation = _orientation(image)
        array = _deep_png(path) if _is_deep_png(path, format) else _decoded(image)
    return upright(array, orientation)


def peek(path: Path, format: str, *, side: int = _LEAST_SIDE) -> NDArray[Any]:
    """Decode all of a JPEG at an eighth of its size or more, which libjpeg does several times faster.

    Args:
        side: Pixels along the shorter side that are kept at least.
    """
    with Pillow.open(path, formats=[format.upper()]) as image:
        orientation = _orientation(image)
        image.draft(image.mode, (side, side))
        array = _decoded(image)
    return upright(array, orientation)


def on_white(values: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Lay `(c, y, x)` unsigned values with opacity `(y, x)` of the same type on white.

    Example:
        >>> on_white(np.array([[[10, 10]]], np.uint8), np.array([[255, 0]], np.uint8)).tolist()
        [[[10, 255]]]
    """
    white = np.iinfo(values.dtype).max
    opacity = alpha.astype(np.float32) / white
    return np.rint(values * opacity + white * (1 - opacity)).astype(values.dtype)


def _decoded(image: Pillow.Image) -> NDArray[Any]:
    if image.mode == "1":
        return np.asarray(image.convert("L"))[None]
    if image.mode in _GREY:
        array = np.asarray(image)
        return _without_clear(array.astype(array.dtype.newbyteorder("=")), image.info.get("transparency"))[None]
    if image.mode in ("LA", "La"):
        layers = np.moveaxis(np.asarray(image.convert("LA")), -1, 0)
        return on_white(layers[:1], layers[1])
    if image.has_transparency_data:
        layers = np.moveaxis(np.asarray(image.convert("RGBA")), -1, 0)
        return on_white(layers[:3], layers[3])
    return np.moveaxis(np.asarray(image if image.mode == "RGB" else image.convert("RGB")), -1, 0)


def _without_clear(grey: NDArray[Any], clear: Any) -> NDArray[Any]:
    """Grey values `(y, x)`, white where they are the one that a PNG or GIF declares to be transparent."""
    if isinstance(clear, int) and grey.dtype.kind == "u":
        grey[grey == clear] = np.iinfo(grey.dtype).max
    return grey


def _left_out(image: Pillow.Image) -> tuple[str, ...]:
    frames = int(getattr(image, "n_frames", 1)) if image.format in ("GIF", "PNG", "WEBP") else 1
    return (f"the first of {frames} frames; the others were left out",) if frames > 1 else ()


def _orientation(image: Pillow.Image) -> int:
    # Asking a PNG for EXIF that follows its pixels would decode it, so only what the header holds counts.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    return int(image.getexif().get(_EXIF_ORIENTATION, 1))


def _png_kind(path: Path) -> tuple[int, int]:
    with open_input(path) as stream:
        start = stream.read(26)
    return start[24], start[25]  # bits per channel and colour type of the IHDR chunk (PNG specification, 11.2.2)


def _is_deep_png(path: Path, format: str) -> bool:
    return format == "png" and _png_kind(path) in ((16, 2), (16, 4), (16, 6))


def _deep_channels(path: Path) -> int:
    return 1 if _png_kind(path)[1] == 4 else 3


def _deep_png(path: Path) -> NDArray[np.uint16]:
    import imagecodecs

    layers = np.moveaxis(imagecodecs.png_decode(read_input(path)), -1, 0)
    channels = _deep_channels(path)
    if len(layers) == channels:
        return layers
    return on_white(layers[:channels], layers[channels])
