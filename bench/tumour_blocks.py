"""The tumour probe with the blocks that it reads open: trained with the labels, beside the frozen ones.

    python bench/tumour_blocks.py ../shared/data/brain_tumor_4class --work FOLDER [--test]

`classification` misses its target on the tumour set with frozen features. Here the blocks between the first and the
last level of the packaged tower's readout learn to tell the four classes, from variants of the images, and then the
probe is fitted on what they give. One JSON line for each system: balanced accuracy on train and val in four folds, and
what it is beyond the frozen probe, with intervals. Half an hour of a core. With --test, learned from both and measured
on test, in a third of that.
"""

import argparse
import csv
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from answers_image import kept
from encoders import Score
from lexiscope.models.build import build_encoder, in_own_colours
from lexiscope.models.readout import Readout
from lexiscope.sources.pixels import read_pixels
from lexiscope.tasks.classify.probe import fit_probe
from lexiscope.views.augmentation import Augmentation
from lexiscope.views.planar import PlanarView

TOWER, SIZE = "dinov2-small-focus", 224
FOLDS, VARIANTS = 4, 3  # variants of an image besides itself and itself mirrored
EPOCHS, BATCH, SMOOTHING, DROPOUT = 8, 16, 0.1, 0.5
LR, HEAD_LR, WEIGHT_DECAY = 3e-5, 5e-4, 0.05


def main() -> None:
    """Read, cross-validate, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path)
    options.add_argument("--work", type=Path, default=Path("build/tumour_blocks"))
    options.add_argument("--test", action="store_true")
    chosen = options.parse_args()
    torch.set_num_threads(1)
    with (chosen.data / "metadata.csv").open(newline="", encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    parts = {"tokens": [row for row in listed if row["split"] in ("train", "val")]}
    if chosen.test:
        parts["tokens of test"] = [row for row in listed if row["split"] == "test"]
    rows = [row for part in parts.values() for row in part]
    names = sorted({row["label"] for row in rows})
    labels = np.array([names.index(row["label"]) for row in rows])
    read = [
        kept(chosen.work / f"{name}.npy", partial(entering, [chosen.data / row["image"] for row in part]))
        for name, part in parts.items()
    ]
    tokens = torch.from_numpy(np.concatenate(read))
    held_out = np.array([row["split"] == "test" for row in rows])
    folds = [held_out] if chosen.test else [dealt(labels) == fold for fold in range(FOLDS)]
    scores: dict[str, np.ndarray] = {}
    for out in folds:
        for name, found in answered(tokens, labels, np.flatnonzero(~out), np.flatnonzero(out)).items():
            scores.setdefault(name, np.zeros((len(labels), len(names))))[out] = found
    asked = np.flatnonzero(np.any(folds, axis=0))
    images, truth = [rows[row]["id"] for row in asked], labels[asked]
    base = Score(scores["frozen"][asked].argmax(axis=1) == truth, images, truth)
    for name, found in scores.items():
        score = Score(found[asked].argmax(axis=1) == truth, images, truth)
        split = "test" if chosen.test else "train and val"
        line = {"name": "tumour_blocks", "split": split, "system": name, "probe": score.interval()}
        print(json.dumps({**line, "probe beyond frozen": score.interval(base)}), flush=True)


class ReadBlocks(nn.Module):
    """The blocks between the first and the last level that the tower's readout takes, and the readout."""

    def __init__(self, blocks: nn.ModuleList, statistics: Sequence[str]) -> None:
        super().__init__()
        self.blocks = blocks
        self.readout = Readout(tuple(range(len(blocks) + 1)), tuple(statistics))

    def forward(self, tokens: Tensor) -> Tensor:
        """Features of images, `(b, f)`, from their tokens at the first level, `(b, n, d)`."""
        levels = [tokens]
        for block in self.blocks:
            levels.append(block(levels[-1]))
        return self.readout.read([level[:, None] for level in levels], prefix=1)

    @torch.inference_mode()
    def features(self, tokens: Tensor) -> np.ndarray:
        """The same of many, in half precision, some at a time."""
        return torch.cat([self(some.float()) for some in tokens.split(BATCH)]).numpy()


def frozen_blocks() -> ReadBlocks:
    """The tower's own, as its readout takes consecutive levels."""
    encoder, _ = build_encoder({"image": PlanarView(size=SIZE, fit="squash")}, tower=TOWER)
    readout = Readout(**encoder.config.readout)
    first, last = readout.levels[0], readout.levels[-1]
    blocks = deepcopy(encoder.tower("image").model.encoder.layer[first:last])
    return ReadBlocks(blocks, readout.statistics).eval()


@torch.inference_mode()
def entering(images: Sequence[Path]) -> np.ndarray:
    """Tokens at the first level of the readout, `(image, variant, token, channel)`: plain, mirrored, at random."""
    view = PlanarView(size=SIZE, fit="squash")
    encoder, _ = build_encoder({"image": view}, tower=TOWER)
    network, view = encoder.tower("image"), in_own_colours(encoder, {"image": view})["image"]
    first = encoder.config.readout["levels"][0]
    generator = torch.Generator().manual_seed(0)
    change = Augmentation(flip=True)
    read = []
    for image in images:
        plain = torch.from_numpy(view.prepare(read_pixels(image))).float()
        shown = [plain, plain.flip(-1), *(change.apply(plain, generator) for _ in range(VARIANTS))]
        read.append(network(torch.stack(shown), deepest=first)[-1].half().numpy())
    return np.stack(read)


def dealt(labels: np.ndarray) -> np.ndarray:
    """Fold of each image, every class over all of them."""
    rng, folds = np.random.default_rng(0), np.zeros(len(labels), int)
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        folds[rows] = np.arange(len(rows)) % FOLDS
    return folds


def answered(tokens: Tensor, labels: np.ndarray, learned: np.ndarray, asked: np.ndarray) -> Mapping[str, np.ndarray]:
    """Log-probabilities of the classes for the images asked, by system."""
    frozen = frozen_blocks()
    blocks, head = opened(tokens[learned], torch.from_numpy(labels[learned]))
    before, after = (_probed(one, tokens, labels, learned, asked) for one in (frozen, blocks))
    return {
        "frozen": before,
        "opened, their own head": _over_looks(
            [head(torch.from_numpy(x)).detach() for x in _looks(blocks, tokens[asked])]
        ),
        "opened": after,
        "frozen and opened": before + after,
    }


def opened(tokens: Tensor, labels: Tensor) -> tuple[ReadBlocks, nn.Module]:
    """Blocks and a head that learned to tell the classes of images."""
    torch.manual_seed(0)
    blocks = frozen_blocks()
    seen = torch.from_numpy(blocks.features(tokens[:, 0]))
    linear = nn.Linear(seen.shape[1], int(labels.max()) + 1)
    nn.init.zeros_(linear.weight)
    head = nn.Sequential(Standardised(seen.mean(dim=0), seen.std(dim=0)), nn.Dropout(DROPOUT), linear)
    optimizer = torch.optim.AdamW(
        [{"params": blocks.parameters(), "lr": LR}, {"params": linear.parameters(), "lr": HEAD_LR}],
        weight_decay=WEIGHT_DECAY,
    )
    steps = EPOCHS * -(-len(tokens) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [LR, HEAD_LR], total_steps=steps)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(tokens)).split(BATCH):
            shown = tokens[rows, torch.randint(tokens.shape[1], (len(rows),))].float()
            loss = functional.cross_entropy(head(blocks(shown)), labels[rows], label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return blocks.eval(), head.eval()


class Standardised(nn.Module):
    """Features less a mean, over a spread."""

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std.clamp_min(1e-6))

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return (x - self.mean) / self.std


def _looks(blocks: ReadBlocks, tokens: Tensor) -> list[np.ndarray]:
    """Features of images as they are and mirrored."""
    return [blocks.features(tokens[:, look]) for look in range(2)]


def _probed(
    blocks: ReadBlocks, tokens: Tensor, labels: np.ndarray, learned: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    """The probe of `classify` on images as they are and mirrored."""
    seen, rows = np.concatenate(_looks(blocks, tokens[learned])), np.concatenate([learned, learned])
    probe = fit_probe(seen, labels[rows], rows.astype(str).tolist(), classes=int(labels.max()) + 1)
    return _over_looks([torch.from_numpy(probe.logits(x)) for x in _looks(blocks, tokens[asked])])


def _over_looks(logits: Sequence[Tensor]) -> np.ndarray:
    return torch.stack(list(logits)).mean(dim=0).log_softmax(dim=-1).numpy()


if __name__ == "__main__":
    main()
