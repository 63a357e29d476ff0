"""Tiny cases with true captions: coloured shapes as planes, blobs in several sequences as volumes."""

import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lexiscope.core.case import Provenance
from lexiscope.core.passage import Passage
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.store import Corpus
from lexiscope.sources.draft import Draft, Encoded, ImageFile

SHAPES = ("disc", "square", "cross")
COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 80, 220)}
SEQUENCES = {"t1w": 0.6, "t2w": 0.8, "flair": 1.0}  # how bright a blob is in each
_SPLITS = ("train", "train", "train", "val", "test")


@dataclass(frozen=True, slots=True)
class DraftSource:
    """Drafts that a test already holds, as a source for `build_corpus`."""

    held: Sequence[Draft]
    path: Path = Path("testing")
    name: ClassVar[str] = "testing"

    @staticmethod
    def detect(path: Path) -> bool:  # noqa: ARG004 - no file stands for it
        """Never."""
        return False

    def drafts(self) -> Iterator[Draft]:
        """The drafts as they are."""
        return iter(self.held)


def make_drafts(
    n: int, *, volumes: bool = False, missing: float = 0.0, size: int = 32, seed: int = 0, masks: bool = False
) -> list[Draft]:
    """Cases in groups of two, split train, train, train, val, test in turn.

    Args:
        volumes: (z, y, x) blobs in `SEQUENCES` instead of (y, x) coloured shapes as one modality, "photo".
        missing: Chance that a sequence of a volume case is left out; at least one stays.
        size: Side in pixels; volumes have a quarter as many slices.
        masks: Masks of what is seen: "shape" in planes, "spot" in volumes.

    Example:
        >>> [(draft.id, draft.group, draft.split) for draft in make_drafts(2)]
        [('case-0000', 'group-0000', 'train'), ('case-0001', 'group-0000', 'train')]
    """
    return [_draft(index, volumes=volumes, missing=missing, size=size, seed=seed, masks=masks) for index in range(n)]


def make_corpus(
    path: Path,
    n: int = 20,
    *,
    volumes: bool = False,
    missing: float = 0.0,
    size: int = 32,
    seed: int = 0,
    masks: bool = False,
) -> Corpus:
    """Build a corpus of `make_drafts` at `path`."""
    drafts = make_drafts(n, volumes=volumes, missing=missing, size=size, seed=seed, masks=masks)
    build_corpus(path, DraftSource(drafts))
    return Corpus.open(path)


def _draft(index: int, *, volumes: bool, missing: float, size: int, seed: int, masks: bool) -> Draft:
    rng = np.random.default_rng([seed, index])
    group = index // 2
    images, mask, words, facts = _volumes(rng, size, missing) if volumes else _plane(rng, size)
    return Draft(
        id=f"case-{index:04d}",
        group=f"group-{group:04d}",
        provenance=Provenance("testing", licence="CC0-1.0", locator={"index": index}),
        images=images,
        masks=mask if masks else {},
        texts=(Passage("caption", f"{words}, specimen {index}.", author="lexiscope-testing", column="caption"),),
        attributes=facts,
        split=_SPLITS[group % len(_SPLITS)],
    )


_Made = tuple[dict[str, ImageFile], dict[str, ImageFile], str, dict[str, str]]  # images, masks, words, facts


def _plane(rng: np.random.Generator, size: int) -> _Made:
    shape, colour = str(rng.choice(SHAPES)), str(rng.choice(list(COLOURS)))
    pixels = rng.integers(0, 40, (size, size, 3)).astype(np.uint8)
    inside = _inside(shape, rng, size)
    pixels[inside] = COLOURS[colour]
    return (
        {"photo": _png(pixels)},
        {"shape": _png(inside.astype(np.uint8))},
        f"A {colour} {shape}",
        {"shape": shape, "colour": colour},
    )


def _inside(shape: str, rng: np.random.Generator, size: int) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - rng.uniform(0.35, 0.65, 2)[:, None, None] * size
    radius = size * rng.uniform(0.15, 0.28)
    if shape == "disc":
        return x**2 + y**2 < radius**2
    if shape == "square":
        return np.maximum(abs(x), abs(y)) < radius
    return (np.minimum(abs(x), abs(y)) < radius / 3) & (np.maximum(abs(x), abs(y)) < radius)


def _volumes(rng: np.random.Generator, size: int, missing: float) -> _Made:
    side = str(rng.choice(["left", "right"]))
    depth = max(4, size // 4)
    z, y, x = np.mgrid[:depth, :size, :size].astype(np.float32)
    across = size * (rng.uniform(0.2, 0.35) if side == "left" else rng.uniform(0.65, 0.8))
    blob = np.exp(-((4 * (z - depth / 2)) ** 2 + (y - size / 2) ** 2 + (x - across) ** 2) / (size / 6) ** 2)
    kept = [name for name in SEQUENCES if rng.random() >= missing] or ["flair"]
    images = {}
    for name in kept:
        noisy = 100 + 600 * SEQUENCES[name] * blob + rng.normal(0, 20, blob.shape)
        images[name] = _nifti(np.clip(noisy, 0, None).astype(np.uint16))
    return images, {"spot": _nifti((blob > 0.5).astype(np.uint8))}, f"A bright spot on the {side}", {"side": side}


def _png(pixels: np.ndarray) -> ImageFile:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
    return ImageFile(Encoded(stream.getvalue(), suffix=".png"))


def _nifti(voxels: np.ndarray) -> ImageFile:
    """(z, y, x) voxels of 4 x 1 x 1 mm."""
    import nibabel

    image = nibabel.Nifti1Image(voxels.T, np.diag([1.0, 1.0, 4.0, 1.0]))
    image.header.set_xyzt_units("mm")
    return ImageFile(Encoded(gzip.compress(image.to_bytes(), 1, mtime=0), suffix=".nii.gz"))
