"""Seconds until a browser has what it shows of large images, asked of a real server on loopback.

    python bench/volume_display.py            # target: 3 s for each display volume, whatever it is made of

Volumes of 512 x 512 x 300 voxels: a body of noise in air as 16-bit NIfTI (157 MB, sent as stored), as float NIfTI
(315 MB, put together to half) and as a 16-bit TIFF stack (converted); and a micrograph of 13,000 x 13,000 pixels of 16
bits in tiles. The first request makes what is kept, the next finds it. Wall clock, and processor time of server and
client together, by which the target is judged as other work on the machine does not count; prints one JSON line each;
exit 1 when a target is missed.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import tifffile
import uvicorn

from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew
from lexiscope.sources.encode import volume_file

SHAPE = (300, 512, 512)
SIDE = 13_000
TARGET_S = 3.0


def main() -> int:
    """Measure, print the lines."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        site = Site({}, Crew({}, queue=1), None, ServeConfig(port=0), folder / "site")
        with _running(site) as client:
            met = [_measure_volume(site, client, path) for path in _volumes(folder)]
            _measure_tiles(site, client, _micrograph(folder))
    return 0 if all(met) else 1


@contextmanager
def _running(site: Site) -> Iterator[httpx.Client]:
    server = uvicorn.Server(uvicorn.Config(create_app(site), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=120) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def _volumes(folder: Path) -> list[Path]:
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


def _micrograph(folder: Path) -> Path:
    part = np.random.default_rng(0).integers(0, 60_000, (1000, 1000), dtype=np.uint16)
    tifffile.imwrite(folder / "sem.tif", np.tile(part, (13, 13)), compression="zlib", tile=(256, 256))
    return folder / "sem.tif"


def _measure_volume(site: Site, client: httpx.Client, path: Path) -> bool:
    content = site.gallery.show(path)
    first = _asked(client, f"/volumes/{content}")
    line = {
        "name": f"volume_display {path.name}",
        "first": first,
        "again": _asked(client, f"/volumes/{content}"),
        "about": _asked(client, f"/images/{content}/about"),
        "thumbnail": _asked(client, f"/images/{content}/thumbnail"),
        "slices": {axis: _asked(client, f"/images/{content}/slice?axis={axis}") for axis in "zyx"},
        "target_s": TARGET_S,
    }
    print(json.dumps(line), flush=True)
    return first["processor_s"] <= TARGET_S


def _measure_tiles(site: Site, client: httpx.Client, path: Path) -> None:
    content = site.gallery.show(path)
    first = _asked(client, f"/tiles/{content}/14/0/0")
    tiles = [_asked(client, f"/tiles/{content}/14/{column}/1") for column in range(50)]
    windowed = [_asked(client, f"/tiles/{content}/14/{column}/1?low=0&high=30000") for column in range(50)]
    line = {
        "name": f"volume_display {path.name}",
        "pixels": [SIDE, SIDE],
        "first_tile": first,
        "tile_s": round(float(np.median([one["wall_s"] for one in tiles])), 4),
        "windowed_tile_s": round(float(np.median([one["wall_s"] for one in windowed])), 4),
    }
    print(json.dumps(line), flush=True)


def _asked(client: httpx.Client, path: str) -> dict[str, Any]:
    wall, processor = time.perf_counter(), time.process_time()
    response = client.get(path)
    response.raise_for_status()
    factors = response.headers.get("X-Downsampled")
    return {
        "wall_s": round(time.perf_counter() - wall, 3),
        "processor_s": round(time.process_time() - processor, 3),
        "mb": round(len(response.content) / 2**20, 1),
        **({"downsampled": factors} if factors else {}),
    }


if __name__ == "__main__":
    sys.exit(main())
