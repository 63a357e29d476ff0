"""A segmenter over a volume of much air: `segment_case` against MONAI's SlidingWindowInferer. Target: 1.5 times faster.

    python bench/sliding_window.py                     # both sizes of network, in 2 and 3 dimensions
    python bench/sliding_window.py --only full-2d      # one of tiny-2d, tiny-3d, full-2d, full-3d
    python bench/sliding_window.py --memory            # peak of `lexiscope segment` with four modalities and 3 and 12
                                                       # sentences, 4 GB at most

The volume is 128 x 256 x 256 voxels with a body of the size of a brain without its skull, 16 % of it. Both run the same
network over windows of the same size with the same overlap and Gaussian weights, after each other in this process, on
one thread; processor time counts. The network learns for seconds what a lesion is, so that the DSC of both masks with
the truth can be compared: ours may be lower by 0.002. Prints one JSON line each; exit 1 when a target is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import torch
from torch.nn import functional

from lexiscope.models.build import seeded
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.models.segmenter.segmenter import Segmenter, SegmenterConfig
from lexiscope.models.segmenter.windows import segment_case
from lexiscope.testing.models import tiny_text_tower
from lexiscope.views.case_grid import CaseGrid

TARGET, EQUAL, MOST_GB = 1.5, 0.002, 4.0
SHAPE = (128, 256, 256)
AIR = -8.0  # below every value of the body
BODY = (52.0, 88.0, 70.0)  # half axes
WIDTHS = {"tiny": 4, "full": 12}
WINDOWS = {2: (128, 128), 3: (32, 64, 64)}
OVERLAP, BATCH = 0.5, 8
STEPS, AT_ONCE, RATE = {2: 200, 3: 240}, {2: 4, 3: 2}, 1e-2


def main() -> int:
    """Measure, print the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choices = [f"{size}-{dims}d" for size in WIDTHS for dims in WINDOWS]
    parser.add_argument("--only", choices=choices, help="one network")
    parser.add_argument("--memory", action="store_true", help="peak memory in place of time")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.memory:
        met = [_memory(sentences) for sentences in (3, 12)]
        return 0 if all(met) else 1
    met = [_compare(name) for name in ([options.only] if options.only else choices)]
    return 0 if all(met) else 1


def _compare(name: str) -> bool:
    size, dims = name.split("-")[0], int(name[-2])
    segmenter = _network(WIDTHS[size], dims, ("t1", "t2"))
    _learn(segmenter, dims)
    images, truth = phantom(SHAPE, BODY, seed=1)
    words = segmenter.embed(["lesion"])
    peer_s, peer = _timed(lambda: _peer(segmenter, images, words, dims))
    ours_s, ours = _timed(
        lambda: (
            segment_case(segmenter, images, words, window=WINDOWS[dims], overlap=OVERLAP, batch=BATCH)
            .probability(0)
            .numpy()
        )
    )
    scores = [_dice(probability > 0.5, truth) for probability in (ours, peer)]
    line = {
        "name": f"sliding_window {name}",
        "body_share": round(float(np.mean(images["t1"] != AIR)), 3),
        "ours_s": round(ours_s, 2),
        "peer": "monai SlidingWindowInferer",
        "peer_s": round(peer_s, 2),
        "ratio": round(peer_s / ours_s, 2),
        "target": TARGET,
        "dsc_ours": round(scores[0], 4),
        "dsc_peer": round(scores[1], 4),
        "dsc_of_both": round(_dice(ours > 0.5, peer > 0.5), 4),
    }
    print(json.dumps(line), flush=True)
    return peer_s / ours_s >= TARGET and scores[1] - scores[0] <= EQUAL


def phantom(
    shape: tuple[int, ...], body: tuple[float, ...], *, seed: int, modalities: tuple[str, ...] = ("t1", "t2")
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Textured ellipsoid in air with bright lesions, prepared as `CaseGrid` prepares it, and the lesions."""
    rng = np.random.default_rng(seed)
    middle = np.array(shape) / 2
    axes = np.ogrid[tuple(slice(n) for n in shape)]
    inside = sum(((axis - m) / half) ** 2 for axis, m, half in zip(axes, middle, body, strict=True)) < 1
    lesions = np.zeros(shape, bool)
    for _ in range(25):
        at = middle + rng.uniform(-0.6, 0.6, 3) * body
        radius = rng.uniform(5, 11)
        lesions |= sum((axis - a) ** 2 for axis, a in zip(axes, at, strict=True)) < radius**2
    lesions &= inside
    images = {}
    for modality in modalities:
        coarse = torch.from_numpy(rng.normal(size=(1, 1, *(max(2, n // 8) for n in shape))).astype(np.float32))
        texture = functional.interpolate(coarse, size=shape, mode="trilinear")[0, 0].numpy()
        values = texture + 0.3 * rng.standard_normal(shape, np.float32) + 3 * lesions
        scored = (values - values[inside].mean()) / values[inside].std()
        images[modality] = np.where(inside, scored, AIR).astype(np.float16)[None]
    return images, lesions


def _network(width: int, dims: int, modalities: tuple[str, ...]) -> Segmenter:
    text = tiny_text_tower(("lesion", "cyst", "rim"))
    config = SegmenterConfig(
        modalities=dict.fromkeys(modalities, 1),
        dims=dims,
        stem=(width, 2 * width, 4 * width),
        trunk={"kind": "cnn", "widths": (8 * width, 10 * width)},
        decoder=(width, 2 * width, 4 * width, 8 * width),
        text=text.config.to_dict(),
    )
    with seeded(0):
        segmenter = Segmenter(config, text.tokenizer)
    segmenter.text.load_state_dict(text.state_dict())
    return segmenter.eval()


def _learn(segmenter: Segmenter, dims: int) -> None:
    """Some steps on windows of another volume, two of three around a lesion."""
    images, truth = phantom(SHAPE, BODY, seed=0)
    words, rng = segmenter.embed(["lesion"]), np.random.default_rng(0)
    sides = (1, *WINDOWS[dims])[-3:]
    weights = [one for one in segmenter.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS[dims])
    marked = np.argwhere(truth)
    segmenter.train()
    for step in range(STEPS[dims]):
        places = [
            marked[rng.integers(len(marked))] if (step + n) % 3 else rng.integers(SHAPE) for n in range(AT_ONCE[dims])
        ]
        cuts = [_around(place, sides) for place in places]
        batch = {name: _stacked(one[0], cuts, dims) for name, one in images.items()}
        wanted = _stacked(truth, cuts, dims)
        there = {name: torch.ones(len(cuts), dtype=torch.bool) for name in batch}
        logits = segmenter(batch, there, words.expand(len(cuts), -1, -1)).masks
        painted = logits.sigmoid()
        overlap = 2 * (painted * wanted).sum() / (painted.sum() + wanted.sum() + 1)
        loss = functional.binary_cross_entropy_with_logits(logits, wanted) + 1 - overlap
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    segmenter.eval()


def _stacked(values: np.ndarray, cuts: list[tuple[slice, ...]], dims: int) -> torch.Tensor:
    made = torch.from_numpy(np.stack([values[cut] for cut in cuts]).astype(np.float32))[:, None]
    return made[:, :, 0] if dims == 2 else made


def _around(middle: np.ndarray, sides: tuple[int, ...]) -> tuple[slice, ...]:
    lows = [int(np.clip(m - side // 2, 0, n - side)) for m, side, n in zip(middle, sides, SHAPE, strict=True)]
    return tuple(slice(low, low + side) for low, side in zip(lows, sides, strict=True))


@torch.inference_mode()
def _peer(segmenter: Segmenter, images: dict[str, np.ndarray], words: torch.Tensor, dims: int) -> np.ndarray:
    from monai.inferers import SlidingWindowInferer

    names = sorted(images)
    stacked = torch.from_numpy(np.stack([images[name][0] for name in names]).astype(np.float32))  # (m, z, y, x)
    stacked = stacked.transpose(0, 1) if dims == 2 else stacked[None]

    def predict(windows: torch.Tensor) -> torch.Tensor:
        cut = {name: windows[:, m : m + 1] for m, name in enumerate(names)}
        there = {name: torch.ones(len(windows), dtype=torch.bool) for name in names}
        return segmenter(cut, there, words.expand(len(windows), -1, -1)).masks.sigmoid()

    infer = SlidingWindowInferer(WINDOWS[dims], sw_batch_size=BATCH, overlap=OVERLAP, mode="gaussian")
    read = infer(stacked, predict)
    return (read[:, 0] if dims == 2 else read[0, 0]).numpy()


def _timed(run):  # type: ignore[no-untyped-def]
    start = time.process_time()
    made = run()
    return time.process_time() - start, made


def _dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / max(1, one.sum() + other.sum()))


def _memory(sentences: int) -> bool:
    """Run `lexiscope segment` on files in a process of its own and read its peak."""
    names, asked = ("flair", "post", "pre", "t2"), ("lesion", "cyst", "rim")
    with tempfile.TemporaryDirectory() as root:
        scans = Path(root) / "scans"
        scans.mkdir()
        images, _ = phantom(SHAPE, BODY, seed=1, modalities=names)
        for name, image in images.items():
            values = np.clip(image[0].astype(np.float32) * 100 + 400, 0, None).astype(np.int16)
            nib.Nifti1Image(values.transpose(2, 1, 0), np.eye(4)).to_filename(scans / f"{name}.nii.gz")
        content = SegmenterContent(
            _network(WIDTHS["full"], 2, names),
            CaseGrid(channels=dict.fromkeys(names, 1)),
            WINDOWS[2],
            {f"{number}": Structure((f"{asked[number % 3]} {number}",)) for number in range(sentences)},
        )
        ModelDirectory(Path(root) / "model").save("segmenter", content, record={"verb": "train segment", "seed": 0})
        start = time.perf_counter()
        command = [sys.executable, "-m", "lexiscope", "segment", f"{root}/model", str(scans), "--out", f"{root}/masks"]
        child = subprocess.Popen([*command, "--json"], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"lexiscope segment ended with status {status}")
    peak = used.ru_maxrss * 1024 / 1e9
    line = {
        "name": "memory of segment",
        "voxels": list(SHAPE),
        "modalities": len(names),
        "sentences": sentences,
        "peak_gb": round(peak, 2),
        "target": MOST_GB,
        "processor_s": round(used.ru_utime + used.ru_stime, 1),
        "wall_s": round(time.perf_counter() - start, 1),
    }
    print(json.dumps(line), flush=True)
    return peak <= MOST_GB


if __name__ == "__main__":
    raise SystemExit(main())
