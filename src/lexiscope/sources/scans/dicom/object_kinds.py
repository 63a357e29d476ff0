"""Kinds of DICOM objects whose frames are more than pictures: cross-sections, tiled slides, ultrasound volumes."""

from typing import Any

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.values import value_of

_STORAGE = "1.2.840.10008.5.1.4.1.1"
_TOMOGRAPHIC = frozenset(
    f"{_STORAGE}.{number}"
    for number in (
        "2", "2.1", "2.2",  # CT: classic, enhanced, legacy converted
        "4", "4.1", "4.3", "4.4",  # MR: classic, enhanced, enhanced in colour, legacy converted
        "128", "128.1", "130",  # PET: classic, legacy converted, enhanced
        "13.1.1", "13.1.2", "13.1.3",  # X-rays in three dimensions: angiography, skull, breast tomosynthesis
        "30", "77.1.5.4", "481.2",  # parametric maps, tomography of the eye, dose grids
    )
)  # fmt: skip
_SCANNERS = frozenset({"CT", "MR", "PT"})
_SLIDE = f"{_STORAGE}.77.1.6"
_ULTRASOUND_VOLUME = f"{_STORAGE}.6.2"


def is_tomographic(dataset: Any) -> bool:
    """True when planes are cross-sections of a volume: by the SOP class, or what a scanner gives with a position."""
    stated = str(value_of(dataset, "SOPClassUID") or "")
    scanned = str(value_of(dataset, "Modality")).upper() in _SCANNERS
    placed = bool(value_of(dataset, "ImagePositionPatient") or value_of(dataset, "ImageOrientationPatient"))
    return stated in _TOMOGRAPHIC or (scanned and (placed or not stated))


def refuse_unplaced(dataset: Any, frames: int) -> None:
    """Refuse objects whose frames lie in coordinates that are not read here.

    Raises:
        SourceError: a slide in several tiles, or a volume of ultrasound.
    """
    kind = str(value_of(dataset, "SOPClassUID") or "")
    tiled = (kind == _SLIDE or value_of(dataset, "TotalPixelMatrixColumns")) and frames > 1
    if tiled:
        size = (value_of(dataset, "TotalPixelMatrixRows"), value_of(dataset, "TotalPixelMatrixColumns"))
        msg = (
            f"expected one picture, got a slide of {_sizes(size)} pixels in {frames} tiles, which are not put together"
        )
        raise SourceError(msg, remedy="convert the level that you need to TIFF (wsidicom, QuPath), and add that")
    if kind == _ULTRASOUND_VOLUME and frames > 1:
        msg = "expected planes in the patient, got a volume of ultrasound, which lies in coordinates of the transducer"
        raise SourceError(f"{msg} (ImagePositionVolume)", remedy="convert it to NIfTI with the scanner's program")


def unit_notes(dataset: Any) -> tuple[str, ...]:
    """Unit of measured values for the provenance: doses, PET and nuclear images."""
    modality = str(value_of(dataset, "Modality")).upper()
    if modality == "RTDOSE":
        return ("values in Gy",)
    if modality == "NM":
        return ("values are counts as stored",)
    if modality != "PT":
        return ()
    unit = str(value_of(dataset, "Units") or "").upper()
    return (_UNITS.get(unit, f"values in {unit}" if unit.isalnum() else "the unit of the values is not stated"),)


_UNITS = {  # code of PET units (DICOM PS3.3, C.8.9.1.1.3) -> what is told
    "BQML": "values in Bq/ml (BQML), not standardised uptake values",
    "CNTS": "values are counts (CNTS), not standardised uptake values",
    "GML": "values are standardised uptake values in g/ml (GML)",
}


def _sizes(size: tuple[Any, Any]) -> str:
    return f"{size[0]} x {size[1]}" if all(size) else "an unknown number of"
