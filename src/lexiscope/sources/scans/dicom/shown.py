"""MONOCHROME1 says how values are shown: pictures are turned for it, measured values never."""

from collections.abc import Sequence
from typing import Any

from lexiscope.sources.scans.dicom.instance import Plane
from lexiscope.sources.scans.dicom.values import value_of

KEPT_AS_MEASURED = "MONOCHROME1 kept as measured: high values are meant to look dark"

_MEASURING = ("CT", "MR", "PT", "NM", "ST", "RTDOSE")
"""Modalities whose values are quantities: attenuation, signal, counts, activity, dose."""
_SHOWN_UNITS = ("", "US", "UNSPECIFIED")


def is_reversed(dataset: Any) -> bool:
    """True when high values are meant to look dark."""
    return str(value_of(dataset, "PhotometricInterpretation")).strip() == "MONOCHROME1"


def is_measured(dataset: Any, planes: Sequence[Plane]) -> bool:
    """True when values mean a quantity: by the modality, by a stated unit, by a rescaling or a table that gives it."""
    stated = str(value_of(dataset, "RescaleType") or "").strip().upper()
    return (
        str(value_of(dataset, "Modality") or "").strip().upper() in _MEASURING
        or stated not in _SHOWN_UNITS
        or "ModalityLUTSequence" in dataset
        or any((plane.slope, plane.intercept) != (1.0, 0.0) for plane in planes)
    )
