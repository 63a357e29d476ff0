"""What pretrained encoders keep of two modalities, as parts of information: CoMM and DeCUR beside contrastive losses.

    python bench/objectives_pid.py --data ../shared/data/av_digits/av_digits.npz

Images and sounds of digits are paired anew, so that both are below five or both are not, and nothing else is shared.
Then it is known what tells what, and no label is used in training:

- "half", below five or not: both tell it, redundant;
- "image odd" and "sound odd": one tells it, unique;
- "one is odd", an exclusive or: neither tells it without the other, synergy.

Each encoder has a small network for each modality (late fusion) and learns from half of the split "train": by CoMM, by
DeCUR, by NT-Xent between image and sound ("across"), between variants of each ("within"), or not at all ("random").
Its features of the other digits are decomposed about each label (clusters, 95 % intervals over pairs, permuted labels
beside); "digits" are the digits themselves in place of features, the most that there is to keep. Natural logarithms:
what is known for certain has ln 2 = 0.693. What was published: losses across modalities keep what is redundant, CoMM
(arXiv 2409.07402) and DeCUR (arXiv 2309.05300) also what is unique or needs both. Prints a JSON line for each seed,
encoder and label.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lexiscope.interpret.interaction.information import Branch, pairs_information
from lexiscope.interpret.interaction.null import TOTAL
from lexiscope.interpret.interaction.pid import QUANTITIES
from lexiscope.models.build import build_encoder, seeded
from lexiscope.models.encoder import Encoder
from lexiscope.training.objectives.comm import Comm
from lexiscope.training.objectives.decur import DeCur
from lexiscope.training.objectives.simclr import SimClr
from lexiscope.views.planar import PlanarView

MODALITIES = ("image", "sound")
SIDE, BATCH, CLUSTERS = 32, 64, 12
OBJECTIVES: dict[str, Any] = {"comm": Comm, "decur": DeCur, "across": SimClr, "within": SimClr}


@dataclass(frozen=True)
class Pairs:
    """Digits in pairs.

    Args:
        images: Modality -> `(n, 3, 32, 32)`.
        digits: Modality -> `(n,)`.
    """

    images: Mapping[str, Tensor]
    digits: Mapping[str, np.ndarray]

    def labels(self) -> dict[str, np.ndarray]:
        """What is told of, 0 or 1."""
        image, sound = (self.digits[name] for name in MODALITIES)
        return {
            "half": image // 5,
            "image odd": image % 2,
            "sound odd": sound % 2,
            "one is odd": (image + sound) % 2,
        }


def main() -> None:
    """Pair, train, decompose; one JSON line each."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True, help="file of images and sounds of digits")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--epochs", type=int, default=15)
    options.add_argument("--permutations", type=int, default=20)
    chosen = options.parse_args()
    torch.set_num_threads(1)
    for seed in range(chosen.seeds):
        for line in lines(chosen.data, seed=seed, epochs=chosen.epochs, permutations=chosen.permutations):
            print(json.dumps(line), flush=True)


def lines(data: Path, *, seed: int, epochs: int, permutations: int) -> Iterator[dict[str, Any]]:
    """Parts of information of each encoder about each label."""
    learned, held = paired(data, seed=seed)
    features = {"digits": {name: np.eye(10)[held.digits[name]] for name in MODALITIES}}
    for name in ("random", *OBJECTIVES):
        encoder = new_encoder(seed=seed)
        if name != "random":
            train(encoder, name, learned, epochs=epochs, seed=seed)
        features[name] = read(encoder, held)
    everywhere = np.ones(len(held.digits["image"]), dtype=bool)
    for name, known in features.items():
        branches = {modality: Branch(values, everywhere) for modality, values in known.items()}
        found, _ = pairs_information(
            branches,
            held.labels(),
            [str(row) for row in range(len(everywhere))],
            estimators=["clusters"],
            clusters=CLUSTERS,
            permutations=permutations,
            resamples=permutations,
            seed=seed,
        )
        for one in found:
            parts = {part: _shown(one.parts[part].estimate) for part in (*QUANTITIES, TOTAL)}
            yield {"bench": "objectives_pid", "seed": seed, "encoder": name, "label": one.about, **parts}


def paired(data: Path, *, seed: int) -> tuple[Pairs, Pairs]:
    """Pairs to learn from, of half of the split "train", and pairs of all other digits."""
    with np.load(data, allow_pickle=False) as file:
        arrays = {"image": file["image"] / 16, "sound": file["audio"] / 255}
        digits, train = file["label"].astype(np.int64), file["split"] == "train"
    rng = np.random.default_rng(seed)
    first = rng.permutation(np.flatnonzero(train))[: int(train.sum()) // 2]
    others = np.setdiff1d(np.arange(len(digits)), first)
    return _paired(arrays, digits, first, rng), _paired(arrays, digits, others, rng)


def _paired(arrays: Mapping[str, np.ndarray], digits: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> Pairs:
    """Each image with a sound of the same half, drawn at random."""
    sounds = rows.copy()
    for half in (0, 1):
        same = digits[rows] // 5 == half
        sounds[same] = rng.permutation(rows[same])
    rows_of = {"image": rows, "sound": sounds}
    images = {name: _large(arrays[name][rows_of[name]]) for name in MODALITIES}
    return Pairs(images, {name: digits[rows_of[name]] for name in MODALITIES})


def _large(values: np.ndarray) -> Tensor:
    grey = torch.from_numpy(values).float()[:, None] - 0.5
    return nn.functional.interpolate(grey, (SIDE, SIDE)).expand(-1, 3, -1, -1).contiguous()


def new_encoder(*, seed: int) -> Encoder:
    """A small network for each modality."""
    views = dict.fromkeys(MODALITIES, PlanarView(size=SIDE))
    return build_encoder(views, tower="cnn", tower_settings={"stages": (16, 32, 64)}, shared=False, seed=seed)[0]


def train(encoder: Encoder, name: str, pairs: Pairs, *, epochs: int, seed: int) -> None:
    """Minimise one of the objectives."""
    with seeded(seed + 1):
        objective: nn.Module = OBJECTIVES[name](encoder, width=64)
        optimiser = torch.optim.AdamW(objective.parameters(), lr=1e-3, weight_decay=1e-4)
        objective.train()
        for _ in range(epochs):
            for rows in torch.randperm(len(pairs.digits["image"])).split(BATCH)[:-1]:
                batch = {"images": _varied(pairs, rows), "present": _present(name, len(rows)), "group": rows}
                optimiser.zero_grad()
                sum(loss.value for loss in objective(batch).values()).backward()
                optimiser.step()
        objective.eval()


def _varied(pairs: Pairs, rows: Tensor) -> dict[str, Tensor]:
    """Two variants of each: shifted by up to three pixels, with another contrast and noise."""
    return {name: torch.stack([_variant(x[rows]) for _ in range(2)], dim=1) for name, x in pairs.images.items()}


def _variant(x: Tensor) -> Tensor:
    padded = nn.functional.pad(x, (3, 3, 3, 3), mode="replicate")
    y, z = torch.randint(0, 7, (2, len(x))).tolist()
    moved = torch.stack([image[:, a : a + SIDE, b : b + SIDE] for image, a, b in zip(padded, y, z, strict=True)])
    contrast = 1 + 0.3 * (2 * torch.rand(len(x), 1, 1, 1) - 1)
    return moved * contrast + 0.05 * torch.randn(len(x), 1, SIDE, SIDE)


def _present(name: str, n: int) -> dict[str, Tensor]:
    """Which variant has which modality: all for CoMM and DeCUR, one in each across, the same one in both within."""
    first = torch.rand(n) < 0.5
    second = {"across": ~first, "within": first}.get(name)
    if second is None:
        return {modality: torch.ones(n, 2, dtype=torch.bool) for modality in MODALITIES}
    image = torch.stack([first, second], dim=1)
    return {"image": image, "sound": ~image}


@torch.inference_mode()
def read(encoder: Encoder, pairs: Pairs) -> dict[str, np.ndarray]:
    """Features of each modality."""
    there = torch.ones(len(pairs.digits["image"]), dtype=torch.bool)
    encoder.eval()
    found = encoder.features(pairs.images, dict.fromkeys(MODALITIES, there))
    return {name: values.double().numpy() for name, values in found.items()}


def _shown(estimate: Any) -> list[float | None]:
    numbers = (estimate.value, estimate.low, estimate.high, estimate.chance)
    return [None if one is None else round(one, 3) for one in numbers]


if __name__ == "__main__":
    main()
