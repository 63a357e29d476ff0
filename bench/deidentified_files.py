"""Generated DICOM files that name their patients in every place: how many identifiers survive, how many are refused.

    python bench/deidentified_files.py [--files 200]

The files hold names in eight character sets, ids, days and UIDs in every text of DICOM's dictionary, in items of
sequences, private elements, overlays, unused bits, bytes after the pixels, comments of compressed streams, file meta
and paths; greys that spell digits and question marks give no reason to refuse one. Prints one JSON line; ends with 1
when an identifier survives or a file is refused.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from lexiscope.corpus.deidentify import deidentify_folder
from lexiscope.testing.identified_scans import survivors, write_identified


def main() -> None:
    """De-identify the files and search the output by other means."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files", type=int, default=200)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scans = write_identified(Path(folder) / "in", given.files)
        started = time.perf_counter()
        report = deidentify_folder(Path(folder) / "in", Path(folder) / "out")
        seconds = time.perf_counter() - started
        surviving = survivors(scans, Path(folder) / "out")
    counts = {
        "files": len(scans),
        "written": report.written,
        "refused": len(report.refused),
        "identifiers": len(frozenset[str]().union(*(scan.secrets for scan in scans))),
        "survive": len(surviving),
        "seconds": round(seconds, 1),
    }
    print(json.dumps(counts))
    sys.exit(int(bool(surviving or report.refused)))


if __name__ == "__main__":
    main()
