"""Kills `lexiscope train align` with SIGKILL at random moments and runs it again, until it ends by itself.

    python bench/kill_train.py               # twelve kills
    python bench/kill_train.py --kills 30 --seed 1

A run that is never killed comes first. What was killed and run again until it ended must have the same weights and the
same log, bit for bit. A run that ends before all kills are spent is compared and another begins. Prints one JSON line,
with the lines of the log that each kill found; exit 1 when anything differs.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lexiscope.core.files import sha256_file
from lexiscope.testing import make_corpus
from lexiscope.training.loop.log import read_metrics

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
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--text", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_corpus(folder / "corpus", 100)
        settings = folder / "settings.yaml"
        settings.write_text(f"{SETTINGS}epochs: {options.epochs}\ntext: {options.text}\n")
        if start(folder, "peace", settings).wait() != 0:
            raise SystemExit("the run that nobody kills failed; run the command by hand to see why")
        lines = len(log(folder / "peace"))
        kills, finished, cut_at = 0, 0, []
        while kills < options.kills or not finished:
            out = folder / f"fire-{finished}"
            process = start(folder, out.name, settings)
            if kills < options.kills and killed(process, out, rng, lines=lines):
                kills += 1
                cut_at.append(len(log(out)))
                continue
            if process.wait() != 0 or not same(folder / "peace", out):
                report = {"kills": kills, "exit": process.returncode, "equal": False, "cut_at": cut_at}
                print(json.dumps({"name": "kill train", **report}))
                return 1
            finished += 1
    print(json.dumps({"name": "kill train", "kills": kills, "finished": finished, "equal": True, "cut_at": cut_at}))
    return 0


def start(folder: Path, out: str, settings: Path) -> subprocess.Popen[bytes]:
    """Start the command, as a user would."""
    command = [str(Path(sys.executable).parent / "lexiscope"), "train", "align", str(folder / "corpus"), "--json"]
    arguments = ["--out", str(folder / out), "--config", str(settings)]
    return subprocess.Popen([*command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed(process: subprocess.Popen[bytes], out: Path, rng: random.Random, *, lines: int) -> bool:
    """Kill a run somewhere in its next third; False when it ended before that."""
    # Moments are drawn in lines of the log, not in seconds: most of a short run is the import of torch.
    after = len(log(out)) + rng.uniform(0, lines / 3)
    while len(log(out)) < after - 1 and process.poll() is None:
        time.sleep(0.01)
    time.sleep(rng.uniform(0, 0.5))
    if process.poll() is not None:
        return False
    process.kill()
    process.wait()
    return True


def same(one: Path, other: Path) -> bool:
    """Whether two runs made the same weights by the same steps, to the last bit."""
    weights = [sha256_file(model / "joint" / "model.safetensors") for model in (one, other)]
    return weights[0] == weights[1] and log(one) == log(other)


def log(model: Path) -> list[dict[str, object]]:
    """The loss curve."""
    return read_metrics(model / "training" / "align" / "metrics.jsonl")


if __name__ == "__main__":
    raise SystemExit(main())
