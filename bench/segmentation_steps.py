"""Time of a step of `train segment` against the bare step of the same network in the same run. Target: 0.9.

    python bench/segmentation_steps.py                  # all three
    python bench/segmentation_steps.py --only 3d-cnn    # one of 2d-cnn, 2d-vit, 3d-cnn

Ours is the shipped loop on a simulated corpus of two modalities, fused late: windows cut and varied, sentences drawn,
losses at every resolution, checks, clipping, schedule, average of the weights, log. Bare is forward on the sentences of
a step that compares no wordings, as three in four are, cross entropy of the finest masks, backward and AdamW on one
batch that is already in memory. Steps of both alternate and medians are compared, in processor time of the thread that
trains; windows are made by other threads meanwhile, whose time is printed beside (`batch_s`) and counts where it is
longer than a step. Prints one JSON line each; ratio is bare / ours; exit 1 when one misses the target.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from lexiscope.core.heap import keep_freed_memory
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.testing.masked import make_masked_corpus
from lexiscope.training.loop.config import LoopConfig
from lexiscope.training.loop.loop import train
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.job import SegmentJob, prepare_segmentation
from lexiscope.training.segment.rows import COMPARED
from lexiscope.training.segment.step import SegmentStep

TARGET = 0.9
WARM_UP = 2  # steps of each that are not counted: memory is asked for and optimizer states are made
TIMED = 6  # steps after the first of `seconds_of_step`, which is not counted
LOOKED = 24  # batches among which steps to time are found
KINDS: dict[str, dict[str, Any]] = {
    "2d-cnn": {"backbone": "cnn", "dims": 2},
    "2d-vit": {"backbone": "vit", "dims": 2},
    "3d-cnn": {"backbone": "cnn", "dims": 3},
}
SIDE = {2: 256, 3: 192}


def main() -> int:
    """Time each kind, print the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--batch", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    met = [_compare(kind, options.steps, options.batch) for kind in ([options.only] if options.only else KINDS)]
    return 0 if all(met) else 1


def _compare(kind: str, steps: int, batch: int) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dims = KINDS[kind]["dims"]
        corpus = make_masked_corpus(folder / "corpus", 10, volumes=dims == 3, size=SIDE[dims])
        config = SegmentConfig(**KINDS[kind], batch=batch, windows=batch * (WARM_UP + steps))
        job = prepare_segmentation(corpus, ModelDirectory(folder / "model"), config)
        job.maps.fill(job.cases)
        made = [_seconds_of_batch(job, number, batch) for number in range(WARM_UP + 4)][WARM_UP:]
        ours, bare = _race(job, folder / "run", config)
    ours_s, bare_s, batch_s = (float(np.median(one)) for one in (ours, bare, made))
    ratio = bare_s / max(ours_s, batch_s)
    line = {
        "name": f"segmentation step {kind}",
        "window": list(job.layout.window),
        "batch": batch,
        "ours_s": round(ours_s, 3),
        "bare_s": round(bare_s, 3),
        "batch_s": round(batch_s, 3),
        "ratio": round(ratio, 3),
        "ratio_of_one_thread": round(bare_s / (ours_s + batch_s), 3),
        "target": TARGET,
    }
    print(json.dumps(line), flush=True)
    return ratio >= TARGET


def _seconds_of_batch(job: SegmentJob, number: int, batch: int) -> float:
    started = time.thread_time()
    job.rows.batch(np.arange(batch) + number * batch, epoch=0)
    return time.thread_time() - started


def _race(job: SegmentJob, folder: Path, config: SegmentConfig) -> tuple[list[float], list[float]]:
    """Seconds of the steps of the shipped loop, and of the bare steps that are made between them."""
    step = SegmentStep(job.segmenter, agreement=config.agreement)
    weights = [one for one in step.parameters() if one.requires_grad]
    ready = job.rows.batch(np.arange(config.batch), epoch=0)
    bare_optimizer = torch.optim.AdamW(weights, lr=1e-6, fused=True)
    ours: list[float] = []
    bare: list[float] = []
    started = time.thread_time()

    def between(_done: int, _total: int | None, _what: str) -> None:
        nonlocal started
        ours.append(time.thread_time() - started)
        started = time.thread_time()
        _bare_step(job.segmenter, bare_optimizer, ready)
        bare.append(time.thread_time() - started)
        started = time.thread_time()

    loop = LoopConfig(epochs=1, batch=config.batch, average=config.average, checkpoint_seconds=float("inf"))
    optimizer = torch.optim.AdamW(weights, lr=1e-6, fused=True)
    train(step, optimizer, job.rows, folder=folder, key="bench", config=loop, progress=between)
    return ours[WARM_UP:], bare[WARM_UP:]


def _bare_step(segmenter: Segmenter, optimizer: torch.optim.Optimizer, batch: dict[str, Any]) -> None:
    """What nobody can leave out."""
    masks = segmenter(batch["images"], batch["present"], batch["sentences"], batch["tokens"]).masks
    binary_cross_entropy_with_logits(masks, batch["masks"].float()).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def seconds_of_step(module: nn.Module, rows: Any, batch: int) -> float:
    """Least processor time of making a batch, its losses and their gradients; the weights stay as they are.

    What is made of a case when it is first read is not counted. The least of several steps is taken: other work on a
    machine only adds to it; of those that compare two wordings and of the others, by the share of each. For
    `segmentation.py`.

    Args:
        module: Module whose forward takes a batch and gives named losses.
        rows: Rows of the training.
        batch: Rows of a step.
    """
    module.train()
    spent: dict[bool, list[float]] = {True: [], False: []}
    for number in range(LOOKED):
        chosen = (np.arange(batch) + number * batch) % len(rows)
        compares = "others" in rows.batch(chosen, epoch=0)
        if len(spent[compares]) > TIMED:
            continue
        started = time.process_time()
        losses = module(rows.batch(chosen, epoch=0))
        torch.stack([loss.value for loss in losses.values()]).sum().backward()
        spent[compares].append(time.process_time() - started)
        module.zero_grad(set_to_none=True)
    shares = {True: COMPARED, False: 1 - COMPARED}
    known = {kind: min(times[1:] or times) for kind, times in spent.items() if times}
    return sum(shares[kind] * least for kind, least in known.items()) / sum(shares[kind] for kind in known)


if __name__ == "__main__":
    raise SystemExit(main())
