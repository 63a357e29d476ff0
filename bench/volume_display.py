"""Seconds until a volume of 512 x 512 x 300 voxels can be shown: for a viewer, as a thumbnail and slice by slice.

    python bench/volume_display.py            # target: 3 s for the display volume, whatever it is made of

A body of noise in air as 16-bit NIfTI (157 MB, sent as stored), as float NIfTI (315 MB, put together to half) and as a
16-bit TIFF stack (converted). The first request makes what is kept, the second finds it. Wall clock and processor time
of this process; prints one JSON line each; exit 1 when a target is missed.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from lexiscope.core.files import sha256_file
from lexiscope.serve.pictures.decoded import decode
from lexiscope.serve.pictures.slices import slice_picture
from lexiscope.serve.pictures.thumbnail import thumbnail
from lexiscope.serve.pictures.volume import display_volume
from lexiscope.sources.encode import volume_file

SHAPE = (300, 512, 512)
TARGET_S = 3.0


def main() -> int:
    """Measure, print the lines."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        met = [_measure(path, folder / "made") for path in _files(folder)]
    return 0 if all(met) else 1


def _files(folder: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    z, y, x = np.ogrid[-1:1:300j, -1:1:512j, -1:1:512j]
    body = (z**2 / 2 + y**2 * 2 + x**2) < 0.8
    values = np.where(body, rng.normal(40, 25, SHAPE), -1000).astype(np.int16)
    affine = np.diag([0.7, 0.7, 1.0, 1.0])
    scan, scores, stack = folder / "scan.nii.gz", folder / "scores.nii.gz", folder / "stack.tif"
    scan.write_bytes(volume_file(values, affine).origin.data)
    scores.write_bytes(volume_file(values.astype(np.float32) / 7, affine).origin.data)
    tifffile.imwrite(stack, (values + 1000).astype(np.uint16), metadata={"axes": "ZYX"}, compression="zlib")
    return [scan, scores, stack]


def _measure(path: Path, made: Path) -> bool:
    content = sha256_file(path)

    def show() -> Any:
        return display_volume(path, content=content, folder=made)

    first, shown = _timed(show)
    again, _ = _timed(show)
    decoding, image = _timed(lambda: decode(path))
    small, _ = _timed(lambda: thumbnail(image))
    planes = {axis: _timed(lambda axis=axis: slice_picture(image, axis=axis))[0] for axis in "zyx"}
    line = {
        "name": f"volume_display {path.name}",
        "file_mb": round(path.stat().st_size / 2**20, 1),
        "sent_mb": round(shown.path.stat().st_size / 2**20, 1),
        "factors": shown.factors,
        "first_s": first,
        "again_s": again,
        "decode_s": decoding,
        "thumbnail_s": small,
        "slice_s": planes,
        "target_s": TARGET_S,
    }
    print(json.dumps(line), flush=True)
    return first["wall"] <= TARGET_S


def _timed(make: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    wall, processor = time.perf_counter(), time.process_time()
    made = make()
    return {
        "wall": round(time.perf_counter() - wall, 3),
        "processor": round(time.process_time() - processor, 3),
    }, made


if __name__ == "__main__":
    sys.exit(main())
