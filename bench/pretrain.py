"""Time of a step of `train pretrain image`, against the bare step of the same module in the same run.

    python bench/pretrain.py                             # SimCLR on volumes of three sequences
    python bench/pretrain.py --objective mae --size 96

Ours is the shipped loop on a corpus: slices from the view cache, augmentation, modalities left out, checks, clipping,
schedule, log. Bare is forward and backward of the same objective and AdamW on batches that are already in memory, each
with other cases and other modalities left out, as ours are: shapes that vary are part of the compute. Steps of both
alternate and medians are compared, on one thread. Prints one JSON line; ratio is bare / ours; exit 1 when it misses the
target.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import tempfile
import time
from itertools import cycle
from pathlib import Path

import numpy as np
import torch

from lexiscope.testing import make_corpus
from lexiscope.training.loop.loop import train
from lexiscope.training.loop.optimizer import adamw
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.pretrain.image import image_job
from lexiscope.training.pretrain.job import PretrainJob

TARGET = 0.9
_BATCHES = 24
WARM_UP = 2  # steps of each that are not counted: memory is asked for and optimizer states are made


def main() -> int:
    """Build a small corpus, time both in turn, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objective", default="simclr")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=24)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = make_corpus(folder / "corpus", 40, volumes=True, missing=0.2, size=options.size)
        config = PretrainConfig(
            objective=options.objective, size=options.size, batch=options.batch, checkpoint_seconds=float("inf")
        )
        job = image_job(corpus, config)
        steps = len(job.rows) // options.batch
        config = config.model_copy(update={"epochs": -(-(options.steps + WARM_UP) // steps)})
        job.rows.batch(np.arange(len(job.rows)), epoch=0)  # fills the view cache
        ours, bare = race(job, folder=folder / "run", config=config)
    ours_s, bare_s = float(np.median(ours)), float(np.median(bare))
    report = {
        "ours_s": round(ours_s, 4),
        "bare_s": round(bare_s, 4),
        "ratio": round(bare_s / ours_s, 3),
        "target": TARGET,
    }
    print(json.dumps({"name": f"pretrain step, {options.objective}", **report}))
    return 0 if bare_s / ours_s >= TARGET else 1


def race(job: PretrainJob, *, folder: Path, config: PretrainConfig) -> tuple[list[float], list[float]]:
    """Seconds of the steps of the shipped loop, and of the bare steps that are made between them."""
    rng = np.random.default_rng(0)
    batches = cycle(
        [job.rows.batch(rng.permutation(len(job.rows))[: config.batch], epoch=number) for number in range(_BATCHES)]
    )
    bare_optimizer = torch.optim.AdamW(job.module.parameters(), lr=1e-6, fused=True)
    ours: list[float] = []
    bare: list[float] = []
    started = time.perf_counter()

    def between(_done: int, _total: int | None, _what: str) -> None:
        nonlocal started
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        losses = job.module(next(batches))
        torch.stack([loss.value for loss in losses.values()]).sum().backward()
        bare_optimizer.step()
        bare_optimizer.zero_grad(set_to_none=True)
        bare.append(time.perf_counter() - started)
        started = time.perf_counter()

    optimizer = adamw(job.module, towers=job.towers, lr=1e-6, tower_lr=1e-6, weight_decay=0.0)
    train(job.module, optimizer, job.rows, folder=folder, key="bench", config=config.loop(), progress=between)
    return ours[WARM_UP:], bare[WARM_UP:]


if __name__ == "__main__":
    raise SystemExit(main())
