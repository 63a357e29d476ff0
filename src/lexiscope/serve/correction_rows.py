"""`correction_row`: a correction as the API says it."""

from typing import Any

from lexiscope.core.json_types import to_json
from lexiscope.corpus.corrections.correction import Correction


def correction_row(correction: Correction) -> dict[str, Any]:
    """A correction as JSON types, without a place on this machine: masks of linked corpora have one.

    Example:
        >>> from lexiscope.corpus.corrections.attribute import CorrectedAttribute
        >>> value = CorrectedAttribute("grade", 3)
        >>> row = correction_row(Correction(1, "scan-1", value, 2, "2026-11-28T16:00:00+00:00"))
        >>> row["kind"], row["before"], row["value"]
        ('attribute', 2, {'name': 'grade', 'value': 3})
    """
    row: dict[str, Any] = to_json(correction.to_dict())
    for mask in (row["before"], row["value"].get("mask")):
        if isinstance(mask, dict):
            mask.pop("path", None)
    return row
