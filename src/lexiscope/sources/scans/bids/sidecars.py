"""The JSON beside an image, and that above it: how the image was acquired."""

import json
from pathlib import Path
from typing import Any

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.bids.name import BidsName
from lexiscope.sources.steady import read_input

_TOLD = {  # field -> its unit (BIDS specification, MRI common metadata)
    "MagneticFieldStrength": "T",
    "RepetitionTime": "s",
    "EchoTime": "s",
    "InversionTime": "s",
    "FlipAngle": "degrees",
    "ContrastBolusIngredient": "",
}
_LARGEST = 16 << 20  # bytes


def acquisition_of(root: Path, file: str, name: BidsName) -> str:
    """Acquisition of an image in words; empty when no sidecar tells.

    A sidecar holds for the images below its folder with its suffix and all its entities; the nearest says last (the
    inheritance principle of BIDS).
    """
    fields: dict[str, Any] = {}
    folder = root
    for part in Path(file).parts:
        for sidecar in sorted(folder.glob(f"*{name.suffix}.json"), key=lambda path: len(path.name)):
            if holds_for(sidecar, name):
                fields.update(_read(sidecar))
        folder = folder / part
    steps = [f"{field} {fields[field]} {unit}".strip() for field, unit in _TOLD.items() if _is_plain(fields.get(field))]
    return ", ".join(steps)


def holds_for(sidecar: Path, name: BidsName) -> bool:
    """True when a file that describes others holds for one of a name: the same suffix, and no entity of its own.

    Example:
        >>> name = BidsName.parse("sub-01_desc-aseg_dseg.nii.gz")
        >>> holds_for(Path("desc-aseg_dseg.tsv"), name), holds_for(Path("desc-other_dseg.tsv"), name)
        (True, False)
    """
    own = BidsName.parse(sidecar.name)
    return own is not None and own.suffix == name.suffix and own.entities.items() <= name.entities.items()


def _read(sidecar: Path) -> dict[str, Any]:
    """Fields of a sidecar; none when it is damaged, since an image is worth more than how it was acquired."""
    try:
        if sidecar.stat().st_size > _LARGEST:
            return {}
        record = json.loads(read_input(sidecar).decode("utf-8"))
    except (SourceError, OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | float | str) and value != "" and len(str(value)) < 100
