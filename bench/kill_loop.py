"""Kills `lexiscope corpus build` with SIGKILL at random moments and runs it again, until it ends by itself.

    python bench/kill_loop.py                                          # thirty kills over made-up images
    python bench/kill_loop.py --source ../shared/data/papers_cc_by     # over real articles

A build that is never killed comes first. Each round starts an empty corpus, kills it several times and lets the last
run end. Then version, cases, files and rejections must equal those of the undisturbed build, with nothing left over.
Prints one JSON line; exit 1 when anything differs.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture

from lexiscope.corpus import Corpus

KILLS_A_ROUND = 5
# The command without the imports of the other verbs, so that most kills meet the build itself.
_BUILD = "import sys; from lexiscope.cli.corpus import app; app(sys.argv[1:])"


def main() -> int:
    """Build once in peace and often under fire, compare, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--images", type=int, default=600, help="images to make up when no source is named")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = options.source or make_images(folder / "source", options.images)
        started = time.monotonic()
        assert start(folder / "peace", source).wait() in (0, 3)
        whole = time.monotonic() - started
        peace = state(folder / "peace")
        kills, moments, equal = 0, [], True
        while kills < options.kills:
            shutil.rmtree(folder / "fire", ignore_errors=True)
            for _ in range(KILLS_A_ROUND):
                process = start(folder / "fire", source)
                moments.append(chance.uniform(0.2, 1.0) * whole)
                kills += killed(process, after=moments[-1])
            assert start(folder / "fire", source).wait() in (0, 3)
            equal = equal and state(folder / "fire") == peace
    line = {"name": "kill corpus build", "kills": kills, "cases": peace["cases"], "files": len(peace["files"])}
    print(json.dumps({**line, "undisturbed_s": round(whole, 2), "equal": equal}))
    return 0 if equal else 1


def start(path: Path, source: Path) -> "subprocess.Popen[bytes]":
    """Start the command."""
    command = [sys.executable, "-c", _BUILD, "build", str(path), str(source), "--json", "--jobs", "2"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed(process: "subprocess.Popen[bytes]", *, after: float) -> int:
    """Kill a process after so many seconds; 0 when it was faster."""
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return 1
    return 0


def state(path: Path) -> dict[str, Any]:
    """Everything of a corpus that a user can see."""
    corpus = Corpus.open(path)
    ids = [case.id for case in corpus]
    assert len(ids) == len(set(ids)), "a case is doubled"
    for case in corpus:
        for image in [*case.images.values(), *case.masks.values()]:
            assert corpus.object_path(image).is_file()
    files = sorted(str(file.relative_to(path)) for file in (path / "objects").rglob("*") if file.is_file())
    rejected = (path / "rejected.jsonl").read_text()
    return {"version": corpus.version, "cases": len(corpus), "files": files, "rejected": rejected}


def make_images(folder: Path, count: int) -> Path:
    """A folder of small images, a few of them damaged."""
    folder.mkdir()
    noise = np.random.default_rng(0)
    for place in range(count):
        path = folder / f"grain-{place:05d}.png"
        Picture.fromarray(noise.integers(0, 255, (96, 96), dtype=np.uint8)).save(path)
        if place % 50 == 7:
            path.write_bytes(path.read_bytes()[:200])
    return folder


if __name__ == "__main__":
    sys.exit(main())
