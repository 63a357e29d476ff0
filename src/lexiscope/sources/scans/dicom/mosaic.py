"""Siemens mosaics: the slices of a volume as tiles of one large plane."""

import math
from typing import Any

from lexiscope.sources.scans.dicom.frames import geometry_of, times_of
from lexiscope.sources.scans.dicom.instance import Geometry, Plane
from lexiscope.sources.scans.dicom.values import value_of

_TILES = (0x0019, 0x100A)  # NumberOfImagesInMosaic in "SIEMENS MR HEADER"


def mosaic_planes(dataset: Any) -> tuple[Plane, ...]:
    """The planes of a mosaic in the order of its tiles; none when the image is no mosaic.

    The position in the header is that of the whole mosaic laid out around the first slice's centre; the first slice
    itself lies half the surplus further in (Siemens; as nibabel and dcm2niix read it).
    """
    if "MOSAIC" not in (value_of(dataset, "ImageType") or ()):
        return ()
    geometry, csa = geometry_of([dataset]), _csa(dataset)
    count = _count(dataset, csa)
    if geometry is None or count < 1:
        return ()
    side = math.ceil(math.sqrt(count))
    rows, columns = value_of(dataset, "Rows"), value_of(dataset, "Columns")
    row, column = geometry.orientation[:3], geometry.orientation[3:]
    inset = (
        (columns - columns // side) / 2 * geometry.spacing[1],
        (rows - rows // side) / 2 * geometry.spacing[0],
    )
    normal = _normal(csa) or _cross(row, column)
    gap = _number(dataset, "SpacingBetweenSlices", "SliceThickness", default=1)
    order = (int(_number(dataset, "AcquisitionNumber")), int(_number(dataset, "InstanceNumber")))
    times = times_of([dataset])
    slope, intercept = _number(dataset, "RescaleSlope", default=1), _number(dataset, "RescaleIntercept")
    planes = []
    for tile in range(count):
        x, y, z = (
            p + inset[0] * r + inset[1] * c + tile * gap * n
            for p, r, c, n in zip(geometry.position, row, column, normal, strict=True)
        )
        tile_geometry = Geometry((x, y, z), geometry.orientation, geometry.spacing)
        planes.append(Plane(tile, tile_geometry, slope, intercept, times=times, order=order))
    return tuple(planes)


def _number(dataset: Any, *names: str, default: float = 0) -> float:
    """First of the named values that is stated and not zero."""
    stated = (value_of(dataset, name) for name in names)
    return float(next(filter(None, stated), default))


def _csa(dataset: Any) -> dict[str, Any]:
    from nibabel.nicom.csareader import get_csa_header

    return get_csa_header(dataset, "image") or {}


def _count(dataset: Any, csa: dict[str, Any]) -> int:
    stated = dataset.get(_TILES)
    items = csa.get("tags", {}).get("NumberOfImagesInMosaic", {}).get("items") or [stated.value if stated else 0]
    return int(items[0])


def _normal(csa: dict[str, Any]) -> tuple[float, ...] | None:
    items = csa.get("tags", {}).get("SliceNormalVector", {}).get("items") or []
    return tuple(float(number) for number in items) if len(items) == 3 else None


def _cross(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, ...]:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
