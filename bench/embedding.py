"""Throughput of embedding a corpus against the bare forward pass on the same tensors in the same run.

    python bench/embedding.py

Ours is `tasks.embed.embed_cases` with views that are already cached, as when another model reads a corpus: it reads,
stacks and moves the images, and keeps their features on disk. Bare is the forward pass on batches that lie in memory.
Rounds alternate and medians are compared, on one thread. Prints one JSON line; ratio is bare / ours; exit 1 when it
misses the target.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from lexiscope.models.build import build_joint_space
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.embed import embed_cases
from lexiscope.testing import make_corpus
from lexiscope.views import ViewCache, choose_views, load_batch

TARGET = 0.9
BATCH = 16


def main() -> int:
    """Make a corpus and a model, time both in turn, print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="dinov2-small-focus")
    parser.add_argument("--text", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--images", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        corpus = make_corpus(Path(folder) / "corpus", options.images, size=options.size)
        cases = list(corpus)
        views = choose_views(corpus, size=options.size)
        model = ModelDirectory(Path(folder) / "model")
        model.save_joint(build_joint_space(views, image=options.image, text=options.text), views=views, record={})
        joint = model.joint()
        cache = ViewCache(corpus.path / ".views")
        batches = [
            load_batch(corpus, cases[start : start + BATCH], views, cache) for start in range(0, len(cases), BATCH)
        ]
        ours, bare = [], []
        for _ in range(options.rounds):
            shutil.rmtree(corpus.path / ".features", ignore_errors=True)  # or nothing would be left to compute
            started = time.perf_counter()
            embed_cases(model, corpus, cases, joint=joint)
            ours.append(time.perf_counter() - started)
            started = time.perf_counter()
            with torch.inference_mode():
                for batch in batches:
                    joint.embed_images(batch.images, batch.present)
            bare.append(time.perf_counter() - started)
    ours_s, bare_s = float(np.median(ours)), float(np.median(bare))
    ratio = round(bare_s / ours_s, 3)
    times = {"ours_s": round(ours_s, 3), "bare_s": round(bare_s, 3), "images_per_s": round(len(cases) / ours_s, 1)}
    print(json.dumps({"name": f"embedding, {options.image}", **times, "ratio": ratio, "target": TARGET}))
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
