"""Tiny cases with masks: a bright disc and a dark square in two modalities, as planes or as volumes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.core.case import Provenance
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.corpus.store import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.models.segmenter.segmenter import Segmenter, SegmenterConfig
from lexiscope.sources.draft import Draft, ImageFile
from lexiscope.sources.encode import plane_file, volume_file
from lexiscope.testing.cases import DraftSource
from lexiscope.testing.models import tiny_text_tower
from lexiscope.views.case_grid import CaseGrid

STRUCTURES = ("disc", "square")
_SPLITS = ("train", "train", "train", "val", "test")


_TOWER_TRUNK = {
    "kind": "tower",
    "widths": (8, 12),
    "levels": (1, 2, 3),
    "tile": 16,
    "size": 32,
    "tower": {"kind": "vit", "channels": 1, "patch": 8, "width": 12, "depth": 3, "heads": 2},
}
_TUNING: dict[str, dict[str, Any]] = {
    "frozen": {},
    "lora": {"learns": ("blocks.0.attended", "blocks.2.network.0"), "rank": 2},
    "trained": {"learns": ("patches", "blocks.0", "blocks.1")},
}
_CONDITIONING = {"film": {"kind": "film"}, "two-way": {"kind": "two-way", "attention": 16, "heads": 2}}


def make_masked_corpus(path: Path, n: int = 10, *, volumes: bool = False, size: int = 32, seed: int = 0) -> Corpus:
    """Build a corpus of cases with the modalities "t1" and "t2" and masks of "disc" and "square".

    Every third case has no square, and its mask says so; every fourth has no "t2"; the last was never searched for
    squares.

    Args:
        path: Folder of the corpus.
        n: Number of cases, each a group of its own.
        volumes: (z, y, x) of a quarter as many slices, 2 x 1 x 1 mm, in place of planes.
        size: Side in pixels.
        seed: Seed of all draws.
    """
    build_corpus(path, DraftSource([_draft(number, n, volumes, size, seed) for number in range(n)]))
    return Corpus.open(path)


def tiny_segmenter(
    *,
    modalities: Mapping[str, int] | None = None,
    fusion: str = "late",
    dims: int = 2,
    context: int = 0,
    tower: bool = False,
    tuning: str = "frozen",
    decoder: str = "film",
    seed: int = 0,
) -> Segmenter:
    """A segmenter from scratch, in eval mode, of "t1" and "t2" in grey unless told otherwise.

    Args:
        modalities: Modality -> channels.
        fusion: Place where modalities meet.
        dims: 2 or 3.
        context: Slices on each side that are read along.
        tower: Read the images with a tower too, one of random weights.
        tuning: What trains of the tower: "frozen", "lora" or "trained".
        decoder: "film" or "two-way".
        seed: Seed of the weights.
    """
    from lexiscope.models.build import seeded

    text = tiny_text_tower(("the disc", "the square", "segment the liver"))
    config = SegmenterConfig(
        modalities=dict(modalities or {"t1": 1, "t2": 1}),
        dims=dims,
        context=context,
        fusion=fusion,
        stem=(4, 8, 8),
        trunk={**_TOWER_TRUNK, **_TUNING[tuning]} if tower else {"kind": "cnn", "widths": (8, 12)},
        decoder=(4, 8, 8, 8),
        conditioning=_CONDITIONING[decoder],
        text=text.config.to_dict(),
        text_width=8,
    )
    with seeded(seed):
        segmenter = Segmenter(config, text.tokenizer)
    segmenter.text.load_state_dict(text.state_dict())
    return segmenter.eval()


def make_segmenter_model(corpus: Corpus, path: Path) -> ModelDirectory:
    """A model with a segmenter that was never trained and paints everything, told that it learned from a corpus."""
    structures = {name: Structure((name,), threshold=0.0) for name in STRUCTURES}
    content = SegmenterContent(tiny_segmenter(), CaseGrid(channels={"t1": 1, "t2": 1}), (32, 32), structures)
    made = ModelDirectory(path)
    learned = CorpusPart.to_learn_from(corpus).to_dict()
    record = {"verb": "train segment", "seed": 0, "corpus": corpus.version, "trained_on": learned}
    made.save("segmenter", content, record={**record, "result": {"parameters": {"trainable": 5, "total": 9}}})
    return made


def _draft(number: int, n: int, volumes: bool, size: int, seed: int) -> Draft:
    rng = np.random.default_rng([seed, number])
    shape = (max(4, size // 4), size, size) if volumes else (1, size, size)
    disc, square = _disc(rng, shape), _square(rng, shape) & (number % 3 != 2)
    square &= ~disc
    images = {"t1": 100 + 80.0 * disc - 60 * square, "t2": 100 + 90.0 * disc - 70 * square}
    if number % 4 == 3:
        del images["t2"]
    masks = {"disc": disc, "square": square}
    if number == n - 1:
        del masks["square"]
    noisy = {name: np.clip(image + rng.normal(0, 8, shape), 0, 255).astype(np.uint8) for name, image in images.items()}
    return Draft(
        id=f"case-{number:04d}",
        group=f"group-{number:04d}",
        provenance=Provenance("testing", licence="CC0-1.0", locator={"index": number}),
        images={name: _file(image, volumes) for name, image in noisy.items()},
        masks={name: _file(mask.astype(np.uint8), volumes) for name, mask in masks.items()},
        split=_SPLITS[number % len(_SPLITS)],
    )


def _file(values: np.ndarray, volumes: bool) -> ImageFile:
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    return volume_file(values, affine) if volumes else plane_file(values[0], (1.0, 1.0))


def _disc(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    z, y, x = np.mgrid[: shape[0], : shape[1], : shape[2]]
    size = shape[1]
    middle = rng.uniform(0.25, 0.4, 2) * size
    flat: np.ndarray = (y - middle[0]) ** 2 + (x - middle[1]) ** 2 < (size * rng.uniform(0.12, 0.2)) ** 2
    return flat & (np.abs(z - shape[0] // 2) < max(1, shape[0] // 3))


def _square(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    z, y, x = np.mgrid[: shape[0], : shape[1], : shape[2]]
    size = shape[1]
    middle, half = rng.uniform(0.6, 0.8, 2) * size, size * rng.uniform(0.08, 0.14)
    flat: np.ndarray = np.maximum(np.abs(y - middle[0]), np.abs(x - middle[1])) < half
    return flat & (np.abs(z - shape[0] // 2) < max(1, shape[0] // 3))
