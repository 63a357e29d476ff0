"""Spacing of pictures without a place: projections are measured at the detector, magnified, unless calibrated."""

import math
from typing import Any

from lexiscope.sources.scans.dicom.values import value_of

_PROJECTIONS = ("CR", "DX", "MG", "XA", "RF", "IO", "PX", "RG", "RTIMAGE")
_SAME = 1e-4  # relative; spacings closer than this are one


def flat_spacing(dataset: Any) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Spacing (y, x) in mm of a picture without a place, None when unknown, and remarks for the provenance.

    `ImagerPixelSpacing` holds at the detector; the patient lies closer to the tube, so it is divided by the
    magnification where that is known. `PixelSpacing` that differs from it was calibrated (DICOM PS3.3, 10.7).
    """
    stated, imager = _pair(dataset, "PixelSpacing"), _pair(dataset, "ImagerPixelSpacing")
    if str(value_of(dataset, "Modality")).upper() not in _PROJECTIONS:
        return stated or imager, ()
    if stated is not None and value_of(dataset, "PixelSpacingCalibrationType"):
        return stated, (f"spacing as calibrated ({_word(dataset, 'PixelSpacingCalibrationType')})",)
    if stated is not None and imager is None:
        return stated, ("spacing as stated, without saying at which depth it holds",)
    if stated is not None and imager is not None and not _alike(stated, imager):
        return stated, ("spacing as calibrated",)
    return (None, ()) if imager is None else _in_patient(imager, _magnification(dataset))


def _in_patient(imager: tuple[float, float], magnification: float | None) -> tuple[tuple[float, float], tuple[str]]:
    if magnification is None:
        return imager, ("spacing is that at the detector: the magnification is not stated",)
    y, x = (round(length / magnification, 6) for length in imager)
    return (y, x), (f"spacing at the detector divided by the magnification of {magnification:g}",)


def _magnification(dataset: Any) -> float | None:
    """Magnification of what lies in the patient: as stated, or the ratio of the distances from the source."""
    stated = _length(dataset, "EstimatedRadiographicMagnificationFactor")
    if stated is not None:
        return stated if stated >= 1 else None
    detector, patient = _length(dataset, "DistanceSourceToDetector"), _length(dataset, "DistanceSourceToPatient")
    return detector / patient if detector and patient and detector >= patient else None


def _pair(dataset: Any, name: str) -> tuple[float, float] | None:
    stated = value_of(dataset, name)
    if not stated or isinstance(stated, str | float) or len(stated) != 2:
        return None
    y, x = (float(length) for length in stated)
    return (y, x) if math.isfinite(y * x) and y > 0 and x > 0 else None


def _length(dataset: Any, name: str) -> float | None:
    stated = value_of(dataset, name)
    number = float(stated) if isinstance(stated, str | int | float) and stated != "" else math.nan
    return number if math.isfinite(number) and number > 0 else None


def _alike(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return all(math.isclose(one, other, rel_tol=_SAME) for one, other in zip(a, b, strict=True))


def _word(dataset: Any, name: str) -> str:
    word = str(value_of(dataset, name)).strip().upper()
    return word if word in ("GEOMETRY", "FIDUCIAL") else "in an unnamed way"
