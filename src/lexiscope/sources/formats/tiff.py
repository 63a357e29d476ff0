"""TIFF of every kind that tifffile reads: 16-bit, float, tiled, BigTIFF, OME, ImageJ, stacks, channels.

The first image at full resolution is read; how many others the file holds is noted, and `read_tiff_image` reads each.
Thumbnails and the smaller levels of a pyramid are no images of their own. Axes mean: Z or unnamed pages -> z, C or S ->
channels. Time and every other axis longer than one is refused, since a case holds one moment. Palettes become RGB (grey
ones stay grey), min-is-white is inverted, what is transparent lies on white, the orientation tag is applied.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.header import Header
from lexiscope.sources.formats.raster import on_white
from lexiscope.sources.formats.tiff_chain import refuse_endless
from lexiscope.sources.formats.tiff_spacing import page_setting, read_spacing
from lexiscope.sources.formats.upright import upright, upright_axes

_DEPTH_AXES = "ZIQ"  # I and Q are tifffile's names for pages without a stated meaning
_CHANNEL_AXES = "CS"
_MIN_IS_WHITE, _PALETTE, _CMYK = 0, 3, 5  # TIFF 6.0, tag 262
_YCBCR, _OTHER_COLOURS = 6, (8, 9, 10)  # tag 262: luminance and chroma; three kinds of L*a*b*
_JPEG = (6, 7)  # tag 259; its decoder gives RGB
_ASSOCIATED, _ALPHA = 1, (1, 2)  # tag 338: colours are multiplied by opacity already, or not
_ORIENTATION = 274
_REDUCED = 1  # bit of tag 254: a smaller version of another image
_BESIDE_SLIDES = ("thumbnail", "label", "macro", "overview of slide")  # tifffile's names in slide scanners' files


def header(path: Path, format: str) -> Header:
    """Read shape, channels and spacing without decoding."""
    with _opened(path) as file:
        first, *others = tiff_series(file)
        return _header(file, format, first, tuple(_noted(file, first, others)))


def pixels(path: Path, format: str) -> NDArray[Any]:
    """Decode to `(c, y, x)` or `(c, z, y, x)`."""
    with _opened(path) as file:
        return _pixels(file, format, tiff_series(file)[0], path.stat().st_size)


def read_tiff_image(path: Path, number: int) -> tuple[Header, NDArray[Any]]:
    """Header and pixels of one of a file's images, as `tiff_series` numbers them.

    Raises:
        SourceError: it is no image of one moment, or is truncated.
    """
    with _opened(path) as file:
        series = tiff_series(file)[number]
        array = _pixels(file, "tiff", series, path.stat().st_size)
        return _header(file, "tiff", series, tuple(_noted(file, series, []))), array


def tiff_image_names(path: Path) -> list[str]:
    """Names of the images in a file, empty where it states none."""
    with _opened(path) as file:
        return [str(series.name or "") if file.is_ome else "" for series in tiff_series(file)]


def tiff_series(file: Any) -> list[Any]:
    """Images of an open file at full resolution: neither levels of a pyramid, nor thumbnails, labels and macros."""
    first, *others = file.series
    return [first, *(one for one in others if not _is_aside(one) and (file.is_ome or not _is_level(one, first)))]


def _is_aside(series: Any) -> bool:
    kind = series.keyframe.tags.get("NewSubfileType")
    is_reduced = kind is not None and bool(int(kind.value) & _REDUCED)
    return is_reduced or str(series.name).lower().startswith(_BESIDE_SLIDES)


def _is_level(series: Any, first: Any) -> bool:
    """True for a smaller version by a power of two, as older pyramids hold them without saying so."""
    page, whole = series.keyframe, first.keyframe
    ratio = whole.imagewidth / page.imagewidth
    halvings = round(math.log2(ratio)) if ratio > 1.5 else 0
    sizes = ((whole.imagewidth, page.imagewidth), (whole.imagelength, page.imagelength))
    return halvings > 0 and all(abs(large / 2**halvings - small) <= 1 for large, small in sizes)


def _noted(file: Any, series: Any, others: list[Any]) -> Iterator[str]:
    is_volume = any(axis in _DEPTH_AXES and n > 1 for axis, n in zip(series.axes, series.shape, strict=True))
    if is_volume and read_spacing(file, 3, series=series) is None:
        plane = read_spacing(file, 2, series=series)
        if plane is not None:
            yield f"pixels of {plane[0]:g} x {plane[1]:g} nm were left out, as no size along z is stated"
    if dots := page_setting(file, series=series):
        yield f"{dots:.4g} dots an inch, a page's setting, were taken for no size of a pixel"
    if series.keyframe.photometric == _MIN_IS_WHITE:
        yield "min-is-white, inverted"
    if elsewhere := _other_files(file):
        yield f"one file of an OME data set, read by itself: {elsewhere}"
    if others:
        names = ", ".join(str(one.name) for one in others if one.name)
        which = f"the others ({names})" if names else "the others"
        yield f"the first of {1 + len(others)} images of the file; {which} were left out"


def _other_files(file: Any) -> str:
    """What an OME-TIFF says of other files that hold its metadata or planes; empty where it is whole."""
    xml = (file.ome_metadata or "") if file.is_ome else ""
    if "<BinaryOnly" in xml:
        return "its metadata lie in another file"
    names = set(re.findall(r"<UUID\b[^>]*\bFileName=\"([^\"]+)\"", xml))
    return f"its planes lie in {len(names)} files" if len(names) > 1 else ""


def _pixels(file: Any, format: str, series: Any, size: int) -> NDArray[Any]:
    _header(file, format, series)  # refuses what is too large before any of it is decoded
    _refuse_truncated(series, size)
    return upright(_in_colours(_ordered(series), series.keyframe), _orientation(series))


def _opened(path: Path) -> Any:
    refuse_endless(path)
    # An OME-TIFF may name other files that hold its pages; following those names would leave the source.
    return tifffile.TiffFile(path, _multifile=False)


def _header(file: Any, format: str, series: Any, notes: tuple[str, ...] = ()) -> Header:
    _refuse_strange(series)
    sizes = [(axis, n) for axis, n in zip(series.axes, series.shape, strict=True) if n > 1 or axis in "YX"]
    depth = [n for axis, n in sizes if axis in _DEPTH_AXES]
    samples = math.prod(n for axis, n in sizes if axis in _CHANNEL_AXES)
    shape = (*depth, dict(sizes)["Y"], dict(sizes)["X"])
    bits = 8 if series.dtype == bool else series.dtype.itemsize * 8
    spacing = read_spacing(file, len(shape), series=series)
    orientation = _orientation(series)
    return Header(
        format,
        upright_axes(shape, orientation),
        _colours(series.keyframe, samples),
        bits,
        upright_axes(spacing, orientation) if spacing else None,
        "nm" if spacing else None,
        notes,
    )


def _orientation(series: Any) -> int:
    tag = series.keyframe.tags.get(_ORIENTATION)
    return int(tag.value) if tag is not None and isinstance(tag.value, int) else 1


def _refuse_strange(series: Any) -> None:
    kept = "".join(axis for axis, n in zip(series.axes, series.shape, strict=True) if n > 1 or axis in "YX")
    if not _is_image(kept):
        msg = f"expected a plane or one stack with channels, got TIFF axes {series.axes} of shape {series.shape}"
        raise SourceError(msg, remedy="save each time point, position or group of pages as a file of its own")
    page = series.keyframe
    is_unread = page.photometric in _OTHER_COLOURS or (page.photometric == _YCBCR and page.compression not in _JPEG)
    if is_unread:
        msg = f"expected grey values or colours in RGB, got {page.photometric.name}"
        raise SourceError(msg, remedy="save the image as RGB")
    if series.dtype is None or series.dtype.kind not in "buif":
        raise SourceError(f"expected real pixel values, got {series.dtype}", remedy="save its magnitude instead")


def _is_image(axes: str) -> bool:
    """True for the axes of a plane or of one stack, with channels or without."""
    known = set(axes) <= set(f"YX{_DEPTH_AXES}{_CHANNEL_AXES}")
    depth = sum(axis in _DEPTH_AXES for axis in axes)
    return known and depth <= 1 and (axes.count("Y"), axes.count("X")) == (1, 1)


def _refuse_truncated(series: Any, size: int) -> None:
    """tifffile fills what is missing with zeros; an image with silent black areas is worse than none."""
    for page in series.pages:
        if page is None:
            raise SourceError("pages of this TIFF lie in other files", remedy="save the image as one file")
        ends = (offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False))
        if max(ends, default=0) > size:
            raise SourceError(f"the TIFF is truncated: its pixels go beyond its {size:,} bytes", remedy="copy it again")
        parts, listed = math.prod(page.chunked), len(page.dataoffsets)
        if listed < parts and sum(page.databytecounts) < page.nbytes:
            msg = f"expected {parts:,} strips or tiles of pixels by the size of the image, the TIFF lists {listed:,}"
            raise SourceError(msg, remedy="copy it again, or save it again with the program that wrote it")


def _ordered(series: Any) -> NDArray[Any]:
    """Decode, with axes in the order channels, z, y, x."""
    named = list(zip(series.axes, series.shape, strict=True))
    array = series.asarray(maxworkers=1)[tuple(slice(None) if n > 1 or axis in "YX" else 0 for axis, n in named)]
    axes = [axis for axis, n in named if n > 1 or axis in "YX"]
    rank = _CHANNEL_AXES + _DEPTH_AXES + "YX"
    array = array.transpose(sorted(range(len(axes)), key=lambda i: rank.index(axes[i])))
    channels = sum(axis in _CHANNEL_AXES for axis in axes)
    array = array.reshape((-1, *array.shape[channels:]))
    return np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False))


def _colours(page: Any, samples: int) -> int:
    """Channels after `_in_colours`."""
    if page.photometric == _PALETTE and samples == 1:
        return 1 if _is_grey(page.colormap) else 3
    if page.photometric == _CMYK and samples == 4:
        return 3
    return samples - _alpha_channels(page, samples)


def _in_colours(array: NDArray[Any], page: Any) -> NDArray[Any]:
    if array.dtype == bool:
        array = array.astype(np.uint8) * np.uint8(255)
    if page.photometric == _PALETTE and len(array) == 1:
        return _from_palette(array, page.colormap)
    if page.photometric == _CMYK and len(array) == 4 and array.dtype == np.uint8:
        light = (255 - array).astype(np.uint16)
        return (light[:3] * light[3:] // 255).astype(np.uint8)
    if page.photometric == _MIN_IS_WHITE:
        return _inverted(array, page.bitspersample)
    if not _alpha_channels(page, len(array)):
        return array
    if page.extrasamples[-1] == _ASSOCIATED:
        white = np.iinfo(array.dtype).max
        return np.minimum(array[:-1], array[-1]) + (white - array[-1])
    return on_white(array[:-1], array[-1])


def _inverted(array: NDArray[Any], bits: Any) -> NDArray[Any]:
    """Values turned around the middle of what their bits can hold, or of what is there where those are no bound."""
    if array.dtype.kind == "f":
        finite = array[np.isfinite(array)]
        turned = finite.min() + finite.max() - array if finite.size else array
        return turned.astype(array.dtype, copy=False)
    if array.dtype.kind == "i":
        return ~array  # -1 - x: the greatest becomes the least
    stored = int(bits[0] if isinstance(bits, tuple) else bits)
    most = (1 << stored) - 1 if stored > 1 else np.iinfo(array.dtype).max  # one bit is 0 and 255 by now
    return array.dtype.type(most) - array


def _from_palette(array: NDArray[Any], palette: NDArray[Any]) -> NDArray[Any]:
    narrow = palette.max(initial=0) < 256  # TIFF palettes hold 16 bits for 8-bit colours; some programs write the 8
    colours = (palette if narrow else palette >> 8).astype(np.uint8)
    return np.concatenate([colour[array] for colour in colours[: 1 if _is_grey(palette) else 3]])


def _alpha_channels(page: Any, samples: int) -> int:
    is_whole = page.dtype is not None and page.dtype.kind == "u"  # of other types nobody knows what opaque is
    stated = is_whole and page.extrasamples and page.extrasamples[-1] in _ALPHA and samples in (2, 4)
    return int(bool(stated))


def _is_grey(palette: NDArray[Any]) -> bool:
    return bool((palette == palette[0]).all())
