"""Second epoch through the view cache against MONAI's LoadImage over the same files. Target: 5 times faster.

    python bench/view_cache.py --data DIR        # DIR holds lgg_mri/cases/*/{pre,flair,post}.nii.gz

The first epoch (printed, not compared) prepares eight 224 x 224 slices of every sequence of every case; the second
reads them back as the training loop does, into batches with a note of what is missing. MONAI decodes the same files
and does nothing else with them. Both run in this process, one thread, files in the page cache;
the fastest of nine alternating rounds counts for each.
"""

import argparse
import json
import logging
import os
import tempfile
import time
from pathlib import Path

import torch

from lexiscope.core.case import Case, Provenance
from lexiscope.core.files import sha256_file
from lexiscope.core.image import Image
from lexiscope.views import View, ViewCache, load_batch
from lexiscope.views.slices import SlicesView

SEQUENCES = ("flair", "post", "pre")
BATCH = 8
ROUNDS = 9
TARGET = 5.0


class Files:
    """Where the images of the cases lie."""

    def __init__(self, folder: Path) -> None:
        self._paths: dict[str, Path] = {}
        self.cases = [self._case(place) for place in sorted(folder.iterdir()) if place.is_dir()]

    def object_path(self, image: Image) -> Path:
        """The file of an image."""
        return self._paths[image.content]

    def all(self) -> list[Path]:
        """Every image file once."""
        return list(self._paths.values())

    def _case(self, folder: Path) -> Case:
        images = {}
        for name in SEQUENCES:
            path = folder / f"{name}.nii.gz"
            if path.is_file():
                content = sha256_file(path)
                self._paths[content] = path
                images[name] = Image(content=content, modality=name, format="nifti", shape=(1, 128, 128))
        return Case(id=folder.name, group=folder.name, provenance=Provenance("bench"), images=images)


def main() -> int:
    """Time both, print one JSON line; exit 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("LEXISCOPE_SHARED", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of the data sets, holding lgg_mri/")
    options = parser.parse_args()
    torch.set_num_threads(1)
    files = Files(options.data / "lgg_mri" / "cases")
    views: dict[str, View] = dict.fromkeys(SEQUENCES, SlicesView(size=224, slices=8, channels=1))
    with tempfile.TemporaryDirectory() as root:
        first = _epoch(files, views, ViewCache(Path(root)))
        rounds = [(_epoch(files, views, ViewCache(Path(root))), _peer(files.all())) for _ in range(ROUNDS)]
    ours, peer = (min(seconds) for seconds in zip(*rounds, strict=True))
    result = {
        "name": "view_cache",
        "files": len(files.all()),
        "first_epoch_s": round(first, 3),
        "ours_s": round(ours, 4),
        "peer": "monai LoadImage",
        "peer_s": round(peer, 4),
        "ratio": round(peer / ours, 2),
        "target": TARGET,
    }
    print(json.dumps(result))
    return 0 if peer / ours >= TARGET else 1


def _epoch(files: Files, views: dict[str, View], cache: ViewCache) -> float:
    start = time.perf_counter()
    for at in range(0, len(files.cases), BATCH):
        load_batch(files, files.cases[at : at + BATCH], views, cache)
    return time.perf_counter() - start


def _peer(paths: list[Path]) -> float:
    logging.disable(logging.WARNING)
    from monai.transforms import LoadImage

    load = LoadImage(image_only=True)
    load(paths[0])
    start = time.perf_counter()
    for path in paths:
        load(path)
    return time.perf_counter() - start


if __name__ == "__main__":
    raise SystemExit(main())
