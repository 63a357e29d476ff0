"""Time of reading DICOM series against MONAI's LoadImage (PydicomReader) on the same files in the same run.

    python bench/dicom_reading.py ../shared/data/dicom      # or LEXISCOPE_SHARED=../shared/data

Two of ours are timed. `ratio` compares like with like: headers, slices sorted, pixels decoded and rescaled, an affine.
`ratio_drafts` is the whole source, which also hides identifiers, names modalities and compresses each volume to the
NIfTI file that a corpus keeps; the peer does none of that. The peer reads a folder as one series and leaves a Siemens
mosaic in tiles, so each series is copied to a folder of its own first, and of a mosaic ours does more. Where both give
one volume, its voxels are compared. Rounds alternate, medians of processor time are compared, one thread
each. Prints one JSON line; a ratio is peer / ours; exit 1 when a series misses the target, or voxels differ.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import logging
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from monai.transforms import LoadImage

from lexiscope.sources.scans.dicom import DicomSource
from lexiscope.sources.scans.dicom.files import find_files
from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.stack import build_stack, read_stack, stacks_of

TARGET = 1.5
SERIES = {  # folder -> files of the series
    "series_prostate_ADC_20slices": "*.dcm",
    "series_abdomen_CT_3slices": "0*.dcm",
    "series_tiny_23x38x3_with_SEG/image": "*.dcm",
    "series_tiny_23x38x3_with_SEG/multiframe": "*.dcm",
    "dcm_qa_mosaic_with_nifti_ref/ax_asc_35sl_6": "MR.*",
}


def main() -> int:
    """Time both on every series, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get("LEXISCOPE_SHARED", "../shared/data")
    parser.add_argument("dicom", nargs="?", type=Path, default=Path(shared) / "dicom")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    found = {}
    with tempfile.TemporaryDirectory() as name:
        for number, (series, files) in enumerate(SERIES.items()):
            folder = Path(name) / str(number)
            folder.mkdir()
            for file in (options.dicom / series).glob(files):
                shutil.copyfile(file, folder / file.name)
            found[series] = compare(folder, rounds=options.rounds)
    line = {
        "name": "reading a DICOM series against MONAI LoadImage",
        "ratio": min(one["ratio"] for one in found.values()),
        "series": found,
        "target": TARGET,
    }
    print(json.dumps(line))
    return 0 if line["ratio"] >= TARGET and all(one.get("same_voxels", True) for one in found.values()) else 1


def compare(folder: Path, *, rounds: int) -> dict[str, Any]:
    """Medians of both on one series."""
    load = LoadImage(reader="PydicomReader", image_only=True)
    work: dict[str, Callable[[], Any]] = {
        "peer": lambda: load(folder),
        "reading": lambda: read(folder),
        "drafts": lambda: list(DicomSource(folder).drafts()),
    }
    seconds: dict[str, list[float]] = {what: [] for what in work}
    for _ in range(rounds):
        for what, run in work.items():
            started = time.process_time()
            run()
            seconds[what].append(time.process_time() - started)
    median = {what: statistics.median(times) for what, times in seconds.items()}
    line: dict[str, Any] = {
        "files": len(list(folder.iterdir())),
        "ours_ms": round(median["reading"] * 1e3, 2),
        "peer_ms": round(median["peer"] * 1e3, 2),
        "ratio": round(median["peer"] / median["reading"], 2),
        "ratio_drafts": round(median["peer"] / median["drafts"], 2),
    }
    ours, theirs = read(folder), np.asarray(load(folder))
    volume = ours[0][0].transpose(2, 1, 0)  # (x, y, z)
    if volume.shape == theirs.shape:
        line["same_voxels"] = any(bool(np.array_equal(volume, way)) for way in (theirs, theirs[..., ::-1]))
    return line


def read(folder: Path) -> list[tuple[Any, Any]]:
    """Volumes `(z, y, x)` with their affines."""
    instances = [read_instance(path) for path in find_files(folder)]
    stacks = stacks_of((instance, plane) for instance in instances for plane in instance.planes)
    return [(read_stack(stack), stack.affine) for stack in map(build_stack, stacks)]


if __name__ == "__main__":
    sys.exit(main())
