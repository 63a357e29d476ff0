"""Pixel size of a TIFF in nanometres, from the metadata of those who write it; never guessed.

In order: OME-XML PhysicalSize of the image, ImageJ's unit of each axis, the FEI/Thermo, Zeiss and Gatan microscope
headers, and the plain resolution tags when they are too fine to be a print setting.
"""

import math
from collections.abc import Mapping
from typing import Any

from lxml import etree

from lexiscope.sources.formats.lengths import NANOMETRES, nanometres_in
from lexiscope.sources.markup import safe_parser

_RESOLUTION_UNITS = {2: 2.54e7, 3: 1e7}  # TIFF 6.0, tag 296: inch, centimetre
_INCHES = ("inch", "inches", "in")
_PRINT_DOTS = (72, 75, 90, 96, 100, 120, 150, 180, 200, 220, 240, 300, 350, 360, 400, 600, 720, 1200, 2400, 4800)
_FINEST_PRINT_NM = 2540.0  # 10,000 dots an inch; page sizes are set coarser than this, microscopes finer


def read_spacing(file: Any, axes: int, *, series: Any = None) -> tuple[float, ...] | None:
    """Pixel size along (y, x), or (z, y, x) when `axes` is 3, in nm; None when any of them is not stated.

    Args:
        file: An open `tifffile.TiffFile`.
        axes: 2 for a plane, 3 for a volume.
        series: The image of the file that is meant; None is the first.
    """
    if file.is_ome or file.is_imagej:
        sizes = _of_program(file, series)
        return None if _print_dots(sizes) else _checked([_length(*size) for size in sizes], axes)
    for read in (_fei, _zeiss, _gatan, _resolution):
        spacing = _checked(read(file), axes)
        if spacing is not None:
            return spacing
    return None


def page_setting(file: Any, *, series: Any = None) -> float | None:
    """Dots an inch that OME or ImageJ metadata hold as if they were the size of a pixel; None where they hold none."""
    return _print_dots(_of_program(file, series)) if file.is_ome or file.is_imagej else None


def _of_program(file: Any, series: Any) -> list[tuple[Any, str]]:
    """Sizes along (z, y, x) as OME or ImageJ metadata state them, each with its unit."""
    if file.is_imagej:
        return _imagej(file)
    number = next((i for i, one in enumerate(file.series) if one is series), 0)
    return _ome(file.ome_metadata, number, "" if series is None else str(series.name))


def _ome(xml: str, number: int, name: str) -> list[tuple[Any, str]]:
    root = etree.fromstring(xml.encode(), safe_parser())
    images = [image for image in root.iterfind(".//{*}Image") if image.find("{*}Pixels") is not None]
    named = [image for image in images if image.get("Name") == name]
    image = named[0] if len(named) == 1 else next(iter(images[number : number + 1]), None)
    pixels = None if image is None else image.find("{*}Pixels")
    if pixels is None:
        return []
    # Micrometre is the default unit of the OME schema, not a guess.
    return [(pixels.get(f"PhysicalSize{a}"), pixels.get(f"PhysicalSize{a}Unit", "µm")) for a in "ZYX"]


def _imagej(file: Any) -> list[tuple[Any, str]]:
    metadata = file.imagej_metadata or {}
    unit = str(metadata.get("unit", ""))
    x, y = _pixels_per_unit(file, "XResolution"), _pixels_per_unit(file, "YResolution")
    depth = (metadata.get("spacing"), str(metadata.get("zunit") or unit))
    return [depth, (y and 1 / y, str(metadata.get("yunit") or unit)), (x and 1 / x, unit)]


def _print_dots(sizes: list[tuple[Any, str]]) -> float | None:
    """Dots an inch of a page: inches as coarse as a printer's, or lengths that are a usual number of dots.

    Centimetres are rounded to whole dots by many programs; other units are converted exactly.
    """
    for size, unit in sizes[1:]:
        length, name = _length(size, unit), unit.strip().lower()
        if length and length >= _FINEST_PRINT_NM:
            dots, within = NANOMETRES["inch"] / length, 0.01 if name == "cm" else 1e-4
            usual = any(abs(dots - number) < within * number for number in _PRINT_DOTS)
            if usual or name in _INCHES:
                return dots
    return None


def _fei(file: Any) -> list[float | None]:
    scan = (file.fei_metadata or {}).get("Scan", {})
    return [_length(scan.get("PixelHeight"), "m"), _length(scan.get("PixelWidth"), "m")]


def _zeiss(file: Any) -> list[float | None]:
    """The image's own pixel size, or its width over its columns; "Pixel Size" alone is that of 1024 columns."""
    metadata: Mapping[str, Any] = file.sem_metadata or {}
    stated = metadata.get("ap_image_pixel_size")
    if stated:
        return [_in_words(stated)] * 2
    width = metadata.get("ap_width")
    across = _in_words(width) if width else None
    return [across / file.pages[0].imagewidth] * 2 if across else []


def _in_words(stated: tuple[Any, ...]) -> float | None:
    """A length of Zeiss: its title and number, and its unit where tifffile knows a number before it."""
    return nanometres_in(" ".join(map(str, stated[1:])), "")


def _gatan(file: Any) -> list[float | None]:
    """Tags of DigitalMicrograph: scale along x and y, unit along x and y."""
    tags = file.pages[0].tags
    x_scale, y_scale, x_unit, y_unit = (
        tags[code].value if code in tags else None for code in (65009, 65010, 65003, 65004)
    )
    return [_length(y_scale, str(y_unit)), _length(x_scale, str(x_unit))]


def _resolution(file: Any) -> list[float | None]:
    tag = file.pages[0].tags.get("ResolutionUnit")
    unit = _RESOLUTION_UNITS.get(int(tag.value)) if tag is not None else None
    sizes = [
        unit / per_unit if unit and per_unit else None
        for per_unit in (_pixels_per_unit(file, "YResolution"), _pixels_per_unit(file, "XResolution"))
    ]
    return [size if size and size < _FINEST_PRINT_NM else None for size in sizes]


def _pixels_per_unit(file: Any, name: str) -> float | None:
    tag = file.pages[0].tags.get(name)
    if tag is None:
        return None
    numerator, denominator = tag.value
    return numerator / denominator if numerator and denominator else None


def _length(size: Any, unit: str) -> float | None:
    factor = NANOMETRES.get(unit.strip().lower())
    try:
        return float(size) * factor if factor else None
    except (TypeError, ValueError):
        return None


def _checked(sizes: list[float | None], axes: int) -> tuple[float, ...] | None:
    wanted = sizes[-axes:]
    stated = tuple(size for size in wanted if size is not None and math.isfinite(size) and size > 0)
    return stated if len(stated) == axes else None
