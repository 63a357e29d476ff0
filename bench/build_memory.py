"""Peak memory of `corpus build` for corpora of growing size: it should not grow with the corpus.

    python bench/build_memory.py                        # 50,000 and 200,000 simulated rows

Each size is built in a process of its own from rows made on the fly, every eighth with an image, and the peak of its
resident memory is read. Prints one JSON line; ratio is the peak at the largest size over that at the smallest; exit 1
when it misses the target. Below 50,000 rows the bounded caches of the store are still filling.
"""

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image as Picture

from lexiscope.core import Passage, Provenance
from lexiscope.corpus.build import build_corpus
from lexiscope.sources import Draft, Encoded, ImageFile

TARGET = 1.25
_PICTURE_EVERY = 8


@dataclass(frozen=True, slots=True)
class Rows:
    """As many rows as asked, each with a text of its own and some with an image."""

    name: ClassVar[str] = "rows"
    path: Path
    count: int

    @staticmethod
    def detect(path: Path) -> bool:  # noqa: ARG004 - the shape of a source
        """Never found by itself."""
        return False

    def drafts(self) -> Iterator[Draft]:
        """One draft a row."""
        for row in range(self.count):
            yield Draft(
                id=f"visit-{row:08d}",
                group=f"patient-{row // 3:08d}",
                provenance=Provenance("rows", "CC0", {"row": row}),
                images={} if row % _PICTURE_EVERY else {"sem": ImageFile(Encoded(_png(row), ".png"))},
                texts=(
                    Passage(
                        "report", f"Visit {row}: lesion of {row % 37} mm, {row % 11} of them in the left lobe. " * 5
                    ),
                ),
                attributes={"age": row % 90, "grade": f"G{row % 4}"},
            )


def main() -> int:
    """Build every size in its own process, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[50_000, 200_000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        return _build(options.one)
    peaks = {}
    for size in sorted(options.sizes):
        found = subprocess.run(
            [sys.executable, __file__, "--one", str(size)], check=True, capture_output=True, text=True
        )
        peaks[size] = json.loads(found.stdout)
        print(f"{size:>9,} rows: peak {peaks[size]['mib']} MiB, {peaks[size]['seconds']} s", file=sys.stderr)
    ratio = peaks[max(peaks)]["mib"] / peaks[min(peaks)]["mib"]
    line = {"name": "memory of a build", "peaks": peaks, "ratio": round(ratio, 2), "target": TARGET}
    print(json.dumps(line))
    return 0 if ratio <= TARGET else 1


def _build(size: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        report = build_corpus(Path(folder) / "corpus", Rows(Path("rows"), size))
        seconds = time.perf_counter() - started
    assert report.added == size, report
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # MiB on Linux
    print(json.dumps({"mib": peak, "seconds": round(seconds, 1)}))
    return 0


def _png(seed: int) -> bytes:
    stream = io.BytesIO()
    Picture.fromarray(np.random.default_rng(seed).integers(0, 255, (16, 16), dtype=np.uint8)).save(stream, "PNG")
    return stream.getvalue()


if __name__ == "__main__":
    sys.exit(main())
