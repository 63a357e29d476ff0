"""NIfTI in three layouts: BIDS, a folder a case with a table, and `images/` with `labels/`."""

from pathlib import Path

import numpy as np

from lexiscope.core.files import write_json, write_text
from lexiscope.simulate.scans.phantom import Phantom


def write_bids(folder: Path, phantom: Phantom) -> None:
    """Write a subject, and the table of participants down to it."""
    anatomy = folder / f"sub-{phantom.number:02}" / "anat"
    _save(anatomy / f"sub-{phantom.number:02}_T1w.nii.gz", phantom.values("t1").astype(np.int16))
    write_json(folder / "dataset_description.json", {"Name": "made", "BIDSVersion": "1.9.0", "License": "CC0"})
    rows = [f"sub-{number:02}\t{'patient' if number % 2 else 'control'}\t{50 + number}" for number in _until(phantom)]
    write_text(folder / "participants.tsv", "\n".join(["participant_id\tgroup\tage", *rows, ""]))


def write_case_folders(folder: Path, phantom: Phantom) -> None:
    """Write a folder of two sequences, and the table of facts down to it."""
    for sequence in ("t1", "flair"):
        _save(folder / phantom.name / f"{sequence}.nii.gz", phantom.values(sequence))
    cases = [Phantom(number) for number in _until(phantom)]
    said = [f"{case.name},{case.name},{'A cyst on the left.' if case.has_cyst else 'No cyst.'}" for case in cases]
    write_text(folder / "facts.csv", "\n".join(["case,patient,report", *said, ""]))


def write_label_images(folder: Path, phantom: Phantom) -> None:
    """Write an image, and its label image where somebody looked for organ and cyst."""
    _save(folder / "images" / f"{phantom.name}.nii.gz", phantom.values("t1"))
    if phantom.is_annotated:
        _save(folder / "labels" / f"{phantom.name}.nii.gz", phantom.labels())


def _until(phantom: Phantom) -> range:
    return range(1, phantom.number + 1)


def _save(path: Path, values: np.ndarray) -> None:
    import nibabel

    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), path)
