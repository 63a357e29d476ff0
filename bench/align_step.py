"""Time of a step of `train align` with towers that train, against the bare step of the same model in the same run.

    python bench/align_step.py                       # ViT-S/14 at 112 pixels and MiniLM, eight cases a step
    python bench/align_step.py --image cnn --size 64

Ours is the shipped loop on a corpus: batches from the view cache, group-aware loss, checks, clipping, schedule, log.
Bare is forward, cross entropy of the diagonal, backward and AdamW on one batch that is already in memory. Rounds
alternate and medians are compared, on one thread. Prints one JSON line; ratio is bare / ours; exit 1 when it misses the
target.
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
from lexiscope.training.align_rows import AlignRows, Pixels
from lexiscope.training.align_step import AlignStep
from lexiscope.training.examples import find_examples
from lexiscope.training.loop import LoopConfig, train
from lexiscope.training.objectives.clip import Clip
from lexiscope.views import ViewCache, choose_views

TARGET = 0.9
STEPS = 6  # a round; the first of ours is left out, because its batch is loaded while nothing computes


def main() -> int:
    """Build a small corpus, time both in turn, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="dinov2-small-focus")
    parser.add_argument("--text", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        corpus = make_corpus(Path(folder) / "corpus", STEPS * options.batch, size=options.size)
        views = choose_views(corpus, size=options.size)
        examples = find_examples(corpus, modalities=list(views), columns=None)
        rows = AlignRows(examples, Pixels(corpus, views, ViewCache(Path(folder) / "views")), seed=0)
        batch = rows.batch(np.arange(options.batch), epoch=0)
        rows.batch(np.arange(len(rows)), epoch=0)  # fills the view cache
        space = build_joint_space(views, image=options.image, text=options.text)
        ours, bare = [], []
        for number in range(options.rounds):
            ours += time_ours(space, rows, folder=Path(folder) / f"run-{number}", batch=options.batch)
            bare += time_bare(space, batch)
    ours_s, bare_s = float(np.median(ours)), float(np.median(bare))
    report = {"ours_s": ours_s, "bare_s": bare_s, "ratio": round(bare_s / ours_s, 3), "target": TARGET}
    print(json.dumps({"name": f"align step, {options.image}", **report}))
    return 0 if bare_s / ours_s >= TARGET else 1


def time_ours(space: JointSpace, rows: AlignRows, *, folder: Path, batch: int) -> list[float]:
    """Seconds of each step of the shipped loop."""
    ticks = [time.perf_counter()]
    config = LoopConfig(epochs=1, batch=batch, checkpoint_seconds=float("inf"))
    train(
        AlignStep(space, Clip(), kept=False),
        torch.optim.AdamW(space.parameters(), lr=1e-6, fused=True),
        rows,
        folder=folder,
        key="bench",
        config=config,
        progress=lambda _done, _total, _what: ticks.append(time.perf_counter()),
    )
    return np.diff(ticks)[1:].tolist()


def time_bare(space: JointSpace, batch: dict[str, Any]) -> list[float]:
    """Seconds of each bare step of the same model."""
    space.train()
    optimizer = torch.optim.AdamW(space.parameters(), lr=1e-6, fused=True)
    spent = []
    for _ in range(STEPS):
        started = time.perf_counter()
        images, texts = space(batch["images"], batch["present"], batch["texts"])
        logits = space.scale * images @ texts.T
        diagonal = torch.arange(len(logits))
        (cross_entropy(logits, diagonal) + cross_entropy(logits.T, diagonal)).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        spent.append(time.perf_counter() - started)
    return spent[1:]


if __name__ == "__main__":
    raise SystemExit(main())
