"""Spacing of slices along their normal: even, or even but for the rounding of positions as they are written."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.instance import Geometry, Instance, Plane

SAME = 1e-2  # mm; positions closer than this are one position
UNEVEN = 0.02  # of the spacing; more is judged by the decimals that positions are written with
_COARSEST = 1.0  # mm; positions written coarser than this excuse nothing
_FEW = 2  # gaps of exactly several steps are lost slices; rounding makes many of them, evenly spread
_REMEDY = "resample the series to even slices, or split it"


def normal_of(geometry: Geometry) -> NDArray[np.float64]:
    """Unit vector across the planes: row x column."""
    normal = np.cross(geometry.orientation[:3], geometry.orientation[3:])
    return normal / np.linalg.norm(normal)


def depths(planes: Sequence[tuple[Instance, Plane]], along: Geometry) -> NDArray[np.float64]:
    """Positions of planes along the normal of `along`, in mm."""
    return np.array([plane.geometry.position for _, plane in planes if plane.geometry]) @ normal_of(along)


def rounding_of(planes: Sequence[tuple[Instance, Plane]]) -> float:
    """Most by which the depth of a plane may be wrong because of the decimals that positions are written with, in mm.

    The finest decimals of any plane count, since zeros at the end are often left out.
    """
    places = [plane.geometry for _, plane in planes if plane.geometry is not None]
    finest = min((place.rounding for place in places), default=0.0)
    return min(finest, _COARSEST) / 2 * float(np.abs(normal_of(places[0])).sum()) if finest else 0.0


def is_even(planes: Sequence[tuple[Instance, Plane]]) -> bool:
    """True when planes, in any order, lie at even steps and no two at one depth."""
    first = planes[0][1].geometry
    assert first is not None
    sorted_depths = np.sort(depths(planes, first))
    if np.diff(sorted_depths).min(initial=np.inf) < SAME:
        return False
    try:
        refuse_uneven(sorted_depths, rounding_of(planes))
    except SourceError:
        return False
    return True


def refuse_uneven(positions: NDArray[np.float64], rounding: float) -> bool:
    """Refuse sorted depths at uneven steps; True when only their rounding makes them uneven.

    Raises:
        SourceError: a slice is missing, or the steps are uneven.
    """
    gaps = np.diff(positions)
    usual = float(np.median(gaps))
    uneven = np.abs(gaps - usual) > max(SAME, UNEVEN * usual)
    if not uneven.any():
        return False
    wide = gaps[uneven]
    times = wide / usual
    exact = float(np.abs(gaps - usual * np.round(gaps / usual)).max()) < SAME
    lost = exact and len(wide) <= _FEW and bool((times > 1.5).all())
    if not lost and _is_rounded(positions, rounding):
        return True
    if lost or ((np.abs(times - np.round(times)) < max(0.1, 2 * rounding / usual)).all() and (times > 1.5).all()):
        missing = int(np.round(times - 1).sum())
        gaps_found = f"gaps of {_millimetres(wide)} where {usual:.2f} mm is usual"
        msg = f"{missing} of {len(positions) + missing} slices are missing: {gaps_found}"
        raise SourceError(msg, remedy="export the series again with all of its slices")
    msg = f"the slices are spaced unevenly: {_millimetres(wide)} beside the usual {usual:.2f} mm"
    raise SourceError(msg, remedy=_REMEDY)


def _is_rounded(positions: NDArray[np.float64], rounding: float) -> bool:
    """True when some even spacing, rounded, gives these positions.

    Each pair of slices bounds the spacing: (difference ± 2 x rounding) / steps between them. All bounds must meet.
    """
    if rounding <= 0 or len(positions) < 3:
        return False
    least, most = -np.inf, np.inf
    for steps in range(1, len(positions)):
        across = positions[steps:] - positions[:-steps]
        least = max(least, float(across.max() - 2 * rounding) / steps)
        most = min(most, float(across.min() + 2 * rounding) / steps)
    return least <= most + 1e-9 and most > 0


def _millimetres(gaps: NDArray[np.float64]) -> str:
    return ", ".join(f"{gap:.2f}" for gap in gaps[:5]) + (" mm" if len(gaps) <= 5 else " ... mm")
