"""Kills `lexiscope train align` with SIGKILL at random moments and runs it again, until it ends by itself.

    python bench/kill_train.py               # twelve kills
    python bench/kill_train.py --kills 30 --seed 1

A run that is never killed comes first. At the end the weights and the log of both must be equal, byte for byte. Prints
one JSON line; exit 1 when anything differs.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lexiscope.core.files import sha256_file
from lexiscope.testing import make_corpus
from lexiscope.training.log import read_metrics

SETTINGS = """
image: cnn
size: 32
unfreeze: true
batch: 20
chunk: 10
checkpoint_seconds: 0
"""


def main() -> int:
    """Train once in peace and once under fire, compare, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--text", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_corpus(folder / "corpus", 100)
        settings = folder / "settings.yaml"
        settings.write_text(f"{SETTINGS}epochs: {options.epochs}\ntext: {options.text}\n")
        started = time.monotonic()
        assert start(folder, "peace", settings).wait() == 0
        whole = time.monotonic() - started
        kills, runs, resumed = 0, 0, set()
        while True:
            process = start(folder, "fire", settings)
            runs += 1
            try:
                if kills < options.kills:
                    process.wait(timeout=chance.uniform(0.1, 1.0) * whole)
                if process.wait() == 0:
                    break
                return fail(f"run {runs} ended with exit code {process.returncode}")
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
                resumed.add(len(read_metrics(folder / "fire" / "training" / "align" / "metrics.jsonl")))
        same_weights = digest(folder / "peace") == digest(folder / "fire")
        same_log = log(folder / "peace") == log(folder / "fire")
    line = {"name": "kill train", "kills": kills, "runs": runs, "at_log_lines": sorted(resumed)}
    print(json.dumps({**line, "same_weights": same_weights, "same_log": same_log}))
    return 0 if same_weights and same_log and kills >= min(10, options.kills) else 1


def start(folder: Path, out: str, settings: Path) -> subprocess.Popen[bytes]:
    """Start the command, as a user would."""
    command = [str(Path(sys.executable).parent / "lexiscope"), "train", "align", str(folder / "corpus"), "--json"]
    arguments = ["--out", str(folder / out), "--config", str(settings)]
    return subprocess.Popen([*command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def digest(model: Path) -> str:
    """Hash of the weights that were made."""
    return sha256_file(model / "joint" / "model.safetensors")


def log(model: Path) -> list[dict[str, object]]:
    """The loss curve."""
    return read_metrics(model / "training" / "align" / "metrics.jsonl")


def fail(why: str) -> int:
    """Say what went wrong."""
    print(json.dumps({"name": "kill train", "failed": why}))
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
