"""`write_scans`: a folder of made scans in one of the layouts that labs have."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.errors import UsageError
from lexiscope.simulate.scans.dicom import write_dicom
from lexiscope.simulate.scans.micrograph import write_micrograph
from lexiscope.simulate.scans.nifti import write_bids, write_case_folders, write_label_images
from lexiscope.simulate.scans.phantom import Phantom

LAYOUTS: dict[str, Callable[[Path, Phantom], None]] = {
    "dicom": write_dicom,
    "bids": write_bids,
    "nifti": write_case_folders,
    "labels": write_label_images,
    "micrograph": write_micrograph,
}
"""Layout -> writes one patient (or picture) into a folder."""


@dataclass(frozen=True, slots=True)
class SimulatedScans:
    """Content of a folder of made scans.

    Args:
        folder: Path of the folder.
        patients: Number of patients.
        files: Number of files.
    """

    folder: str
    patients: int
    files: int


def write_scans(folder: Path | str, *, layout: str = "dicom", patients: int = 2, seed: int = 0) -> SimulatedScans:
    """Make scans of a few patients; the same seed makes the same values again.

    Args:
        folder: Folder that gets them; `corpus build` reads it.
        layout: "dicom", "bids", "nifti" (a folder a case, with a table), "labels" (images/ and labels/) or
            "micrograph" (one picture with its caption a patient).
        patients: Number of patients.
        seed: Seed of the noise.

    Raises:
        UsageError: an unknown layout, or fewer than one patient.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"expected one of {', '.join(LAYOUTS)} for --as, got {layout!r}")
    if patients < 1:
        raise UsageError(f"expected at least 1 patient, got {patients}; raise --patients")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, patients + 1):
        LAYOUTS[layout](folder, Phantom(number, seed))
    return SimulatedScans(str(folder), patients, sum(path.is_file() for path in folder.rglob("*")))
