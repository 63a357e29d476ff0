"""Time of a step of `train align` with towers that train, against the bare step of the same model in the same run.

    python bench/align_step.py                       # ViT-S/14 at 112 pixels and MiniLM, sixteen cases a step
    python bench/align_step.py --image cnn --size 64

Ours is the shipped loop on a corpus: batches from the view cache, group-aware loss, checks, clipping, schedule, log.
Bare is forward, cross entropy of the diagonal, backward and AdamW on one batch that is already in memory. Steps
of both alternate and medians are compared, on one thread. Prints one JSON line; ratio is bare / ours; exit 1 when it
misses the target.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from lexiscope.models.build import build_joint_space
from lexiscope.models.joint import JointSpace
from lexiscope.testing import make_corpus
from lexiscope.training.align.data import find_pairs
from lexiscope.training.align.rows import AlignRows, Pixels
from lexiscope.training.align.step import AlignStep
from lexiscope.training.loop.config import LoopConfig
from lexiscope.training.loop.loop import train
from lexiscope.training.objectives.clip import Clip
from lexiscope.views import ViewCache, choose_views

TARGET = 0.9
WARM_UP = 2  # steps of each that are not counted: memory is asked for and optimizer states are made


def main() -> int:
    """Build a small corpus, time both in turn, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="dinov2-small-focus")
    parser.add_argument("--text", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = make_corpus(folder / "corpus", 6 * options.batch, size=options.size)
        views = choose_views(corpus, size=options.size)
        examples = find_pairs(corpus, modalities=list(views), columns=None)
        rows = AlignRows(examples, Pixels(corpus, views, ViewCache(folder / "views")), seed=0)
        rows.batch(np.arange(len(rows)), epoch=0)  # fills the view cache
        space = build_joint_space(views, image=options.image, text=options.text)
        config = LoopConfig(epochs=-(-options.steps // 6), batch=options.batch, checkpoint_seconds=float("inf"))
        ours, bare = race(space, rows, folder=folder / "run", config=config)
    ours_s, bare_s = float(np.median(ours)), float(np.median(bare))
    report = {
        "ours_s": round(ours_s, 4),
        "bare_s": round(bare_s, 4),
        "ratio": round(bare_s / ours_s, 3),
        "target": TARGET,
    }
    print(json.dumps({"name": f"align step, {options.image}", **report}))
    return 0 if bare_s / ours_s >= TARGET else 1


def race(space: JointSpace, rows: AlignRows, *, folder: Path, config: LoopConfig) -> tuple[list[float], list[float]]:
    """Seconds of the steps of the shipped loop, and of the bare steps that are made between them."""
    batch = rows.batch(np.arange(config.batch), epoch=0)
    bare_optimizer = torch.optim.AdamW(space.parameters(), lr=1e-6, fused=True)
    ours: list[float] = []
    bare: list[float] = []
    started = time.perf_counter()

    def between(_done: int, _total: int | None, _what: str) -> None:
        nonlocal started
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        bare_step(space, bare_optimizer, batch)
        bare.append(time.perf_counter() - started)
        started = time.perf_counter()

    optimizer = torch.optim.AdamW(space.parameters(), lr=1e-6, fused=True)
    step = AlignStep(space, Clip(), kept=False)
    train(step, optimizer, rows, folder=folder, key="bench", config=config, progress=between)
    return ours[WARM_UP:], bare[WARM_UP:]


def bare_step(space: JointSpace, optimizer: torch.optim.Optimizer, batch: dict[str, Any]) -> None:
    """What nobody can leave out."""
    images, texts = space(batch["images"], batch["present"], batch["texts"])
    logits = space.scale * images @ texts.T
    diagonal = torch.arange(len(logits))
    (cross_entropy(logits, diagonal) + cross_entropy(logits.T, diagonal)).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


if __name__ == "__main__":
    raise SystemExit(main())
