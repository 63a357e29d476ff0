"""Files of annotation programs, told by what they hold: outlines and boxes on images, which no source reads."""

import re
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.known import KnownFormat
from lexiscope.sources.steady import open_input

_LOOKED_AT = 1 << 16  # bytes
_NAMED = "and name it beside its image in a table (--mask-column), or lay it into labels/ beside images/"
_PROGRAMS = (
    ("labelme outlines", (".json",), (b'"shapes"', b'"points"')),
    ("labelme outlines", (".json",), (b'"shapes"', b'"imagePath"')),
    ("outlines of the VGG annotator", (".json",), (b'"_via_',)),
    ("outlines of the VGG annotator", (".json",), (b'"shape_attributes"',)),
    ("COCO annotations", (".json",), (b'"images"', b'"file_name"')),
    ("COCO annotations", (".json",), (b'"annotations"', b'"image_id"')),
    ("outlines of QuPath (GeoJSON)", (".json", ".geojson"), (b'"FeatureCollection"',)),
    ("outlines of QuPath (GeoJSON)", (".json", ".geojson"), (b'"Feature"', b'"geometry"')),
    ("boxes in Pascal VOC", (".xml",), (b"<annotation", b"<object>")),
    ("boxes in Pascal VOC", (".xml",), (b"<annotation", b"<size>")),
    ("outlines on a slide", (".xml",), (b"<ASAP_Annotations",)),
    ("outlines on a slide", (".xml",), (b"<Annotations", b"MicronsPerPixel")),
)  # name, suffixes, what a file of it holds near its start
_YOLO = "boxes or outlines of YOLO"
_BOX = re.compile(rb"\d{1,4}(?:[ \t]+[01](?:\.\d+)?){4,}")
_SUFFIXES = (".json", ".geojson", ".xml", ".txt")
_CONVERSIONS = {
    "labelme": "make a label image of it (labelme_export_json FILE)",
    "COCO": "make a label image of each image (pycocotools: COCO.annToMask)",
    "outlines of QuPath": "export a label image from QuPath",
}


def annotations_in(path: Path) -> KnownFormat | None:
    """The annotations that a file holds, with what converts them; None for any other file."""
    if not path.name.lower().endswith(_SUFFIXES):
        return None
    try:
        with open_input(path) as stream:
            return annotations_of(path.suffix.lower(), stream.read(_LOOKED_AT))
    except (SourceError, OSError):
        return None


def annotations_of(suffix: str, start: bytes) -> KnownFormat | None:
    r"""The annotations that a text starts with.

    Example:
        >>> annotations_of(".txt", b"0 0.5 0.5 0.25 0.1\n").title
        'boxes or outlines of YOLO'
        >>> annotations_of(".json", b'{"EchoTime": 0.03}')
    """
    title = _YOLO if suffix == ".txt" and _are_boxes(start) else None
    for name, suffixes, held in _PROGRAMS:
        if suffix in suffixes and all(part in start for part in held):
            title = name
    if title is None:
        return None
    how = next((how for begin, how in _CONVERSIONS.items() if title.startswith(begin)), "draw a label image of it")
    return KnownFormat((suffix,), title, f"{how} {_NAMED}")


def _are_boxes(text: bytes) -> bool:
    """True for lines of a class and numbers between 0 and 1; the last one may be cut."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    whole = lines[:-1] if len(text) == _LOOKED_AT else lines
    return bool(whole) and all(map(_BOX.fullmatch, whole))
