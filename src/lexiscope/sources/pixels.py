"""Image files -> headers and arrays, whatever they are called: the format is decided by the first bytes.

Arrays are `(c, y, x)` for planes and `(c, z, y, x)` for volumes with values as stored: 16-bit and float survive.
"""

import zlib
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.header import MAX_PIXELS, Header
from lexiscope.sources.formats.known import known_format
from lexiscope.sources.formats.unzipped import open_unzipped
from lexiscope.sources.paths import check_regular
from lexiscope.sources.steady import cannot_read

__all__ = ["IMAGE_SUFFIXES", "MAX_PIXELS", "Header", "find_format", "peek", "read_header", "read_pixels", "verify"]

IMAGE_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".btf", ".nii", ".nii.gz",
)  # fmt: skip
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"BM": "bmp",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",
    b"MM\0+": "tiff",
}
_LEAVES = {"tiff": "tiff", "nifti": "nifti"}  # the other formats are raster's
_Found = TypeVar("_Found")


def find_format(path: Path) -> str:
    """Name of an image file's format, by its first bytes and not by its suffix.

    Raises:
        SourceError: it is empty, not a regular file, or no image of a known format.
    """
    if check_regular(path) == 0:
        raise SourceError(f"{path.name} is empty", remedy="copy the file again")
    start = _first_bytes(path)
    for magic, name in _MAGIC.items():
        if start.startswith(magic):
            return name
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "webp"
    from lexiscope.sources.formats.nifti import is_nifti

    if is_nifti(start):
        return "nifti"
    known = None if path.name.lower().endswith(IMAGE_SUFFIXES) else known_format(path.name)
    also = f" but {known.title}" if known else ""
    msg = f"{path.name} is no PNG, JPEG, GIF, BMP, WebP, TIFF or NIfTI image{also}; it starts with {start[:8]!r}"
    raise SourceError(msg, remedy=known.remedy if known else "convert it to PNG, TIFF or NIfTI")


def read_header(path: Path) -> Header:
    """Read the header of an image file without decoding its pixels.

    Raises:
        SourceError: no image, a damaged header, or more than `MAX_PIXELS` values.
    """
    return _read(path, "header")


def read_pixels(path: Path) -> NDArray[Any]:
    """Decode an image: `(c, y, x)` for a plane, `(c, z, y, x)` for a volume, values as stored.

    NIfTI comes in the closest RAS+ orientation with scl_slope applied (float32); EXIF orientation is applied; palettes
    and CMYK become RGB; what is transparent lies on white.

    Raises:
        SourceError: no image, truncated, damaged, or too large.
    """
    return _read(path, "pixels")


def read_reduced(path: Path, *, side: int) -> NDArray[Any]:
    """Decode an image as `read_pixels` does, a JPEG perhaps at a half, a quarter or an eighth of its size.

    Args:
        path: The file.
        side: Pixels along the shorter side that are kept at least.

    Raises:
        SourceError: as `read_pixels`.
    """
    name = find_format(path)
    if name != "jpeg":
        return _read(path, "pixels")
    from lexiscope.sources.formats import raster

    return _decoding(path, name, partial(raster.peek, side=side))


def peek(path: Path) -> tuple[Header, NDArray[Any]]:
    """Header and pixels of an image that is surely whole: all of it is decoded, but a JPEG's pixels come smaller.

    Raises:
        SourceError: as `verify`.
    """
    header = read_header(path)
    if header.format == "jpeg":
        return header, _read(path, "peek")
    return header, _agreed(path, header, read_pixels(path))


def verify(path: Path) -> Header:
    """Decode the whole image once and return its header: what passes here can be read later.

    Raises:
        SourceError: as `read_pixels`, or header and pixels disagree.
    """
    header = read_header(path)
    _agreed(path, header, read_pixels(path))
    return header


def _agreed(path: Path, header: Header, pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.shape != (header.channels, *header.shape):
        msg = f"{path.name} claims {header.channels} channels of {header.shape}, but decodes to {pixels.shape}"
        raise SourceError(msg)
    return pixels


def _read(path: Path, what: str) -> Any:
    name = find_format(path)
    leaf = import_module(f"lexiscope.sources.formats.{_LEAVES.get(name, 'raster')}")
    return _decoding(path, name, getattr(leaf, what))


def _decoding(path: Path, name: str, read: Callable[[Path, str], _Found]) -> _Found:
    try:
        return read(path, name)
    except SourceError as error:
        raise SourceError(f"{path.name}: {error}", remedy=error.remedy) from error
    except MemoryError as error:
        msg = f"{path.name} needs more memory than there is to be decoded"
        raise SourceError(msg, remedy="crop or downsample it, or read it on a larger machine") from error
    except OSError as error:
        if error.errno is None:  # no word of the system: the decoder's own about the bytes
            raise _damaged(path, name, error) from error
        raise cannot_read(path, error) from error
    except Exception as error:  # on hostile bytes the decoders raise nearly anything; each is one unreadable file
        raise _damaged(path, name, error) from error


def _damaged(path: Path, name: str, error: Exception) -> SourceError:
    msg = f"{path.name} is a damaged or truncated {name}: {type(error).__name__}: {error}"
    return SourceError(msg, remedy="copy or convert the file again, or leave it out")


def _first_bytes(path: Path) -> bytes:
    try:
        with open_unzipped(path) as stream:
            return stream.read(16)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path.name} is a damaged gzip file: {error}", remedy="copy the file again") from error
