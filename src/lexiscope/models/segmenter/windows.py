"""`segment_case`: a segmenter over a whole image or volume, window by window."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lexiscope.core.batched import stream_batches
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.models.segmenter.token_map import TokenMap

_EDGE = 0.125  # standard deviation of a window's weight, of its side: as in nnU-Net and MONAI


@dataclass(frozen=True, slots=True)
class CaseMasks:
    """What a segmenter says of one case, for k sentences.

    Args:
        probability: `(k, z, y, x)`, float16, on the case's common grid.
        presence: `(k,)`, the largest probability of presence among the windows.
    """

    probability: Float[Tensor, "k z y x"]
    presence: Float[Tensor, " k"]


@torch.inference_mode()
def segment_case(
    segmenter: Segmenter,
    images: Mapping[str, Float[np.ndarray, "c z y x"]],
    sentences: Float[Tensor, "k d"],
    *,
    window: Sequence[int],
    maps: Mapping[str, TokenMap] | None = None,
    overlap: float = 0.5,
    batch: int = 8,
) -> CaseMasks:
    """Masks of a whole case: windows that overlap, weighed by a Gaussian, and those of nothing but air left out.

    The sentences are read once. No more than one float16 array a sentence is held.

    Args:
        segmenter: Segmenter in eval mode.
        images: Modality -> prepared image (`CaseGrid`); modalities that the case lacks are left out.
        sentences: Vectors of the sentences (`Segmenter.embed`).
        window: Sides of a window, (y, x) or (z, y, x), of the size it was trained in.
        maps: Modality -> what the segmenter's frozen tower says of the image, where it is kept; None computes it.
        overlap: Share of a window's side that the next one overlaps.
        batch: Windows that are computed at once.
    """
    if maps is None and segmenter.keeps_tokens:
        maps = {name: made for name, image in images.items() if (made := segmenter.token_map(image)) is not None}
    z, y, x = next(iter(images.values())).shape[1:]
    dims, k = segmenter.config.dims, len(sentences)
    sides = [min(side, n) for side, n in zip(window, (z, y, x)[-dims:], strict=True)]
    weight = _weight(sides)
    total = torch.zeros(k, z, y, x, dtype=torch.float16)
    seen = torch.zeros(z if dims == 3 else 1, y, x, dtype=torch.float16)
    presence = torch.zeros(k)
    for corner in _corners((z, y, x)[-dims:], sides, overlap):
        seen[_slices(corner, sides)] += weight
    places = (
        (depth, corner)
        for depth in range(z if dims == 2 else 1)
        for corner in _corners((z, y, x)[-dims:], sides, overlap)
    )
    filled = (place for place in places if _holds_something(images, place, sides, dims))
    for part in stream_batches(filled, batch):
        cut = {
            name: torch.stack([_cut(image, place, sides, segmenter) for place in part])
            for name, image in images.items()
        }
        there = {name: torch.ones(len(part), dtype=torch.bool) for name in cut}
        tokens = {
            name: torch.stack([_tokens(one, place, sides) for place in part]) for name, one in (maps or {}).items()
        }
        output = segmenter(cut, there, sentences.expand(len(part), -1, -1), tokens)
        presence = torch.maximum(presence, output.presence.sigmoid().amax(dim=0))
        for (depth, corner), mask in zip(part, output.masks.sigmoid(), strict=True):
            here = total if dims == 3 else total[:, depth : depth + 1]
            here[(slice(None), *_slices(corner, sides))] += (
                (mask * weight).to(torch.float16).view(k, *_as_volume(sides))
            )
    return CaseMasks(total / seen.clamp(min=1e-3), presence)


def presence_score(probability: Float[np.ndarray, "z y x"], mask: Bool[np.ndarray, "z y x"], presence: float) -> float:
    """Own score of a structure being in a case: the presence head's largest probability times the mean of the mask's.

    A whole case is judged, never a slice alone: the thin ends of a structure would be lost. An empty mask takes its
    largest probability in place of the mean.

    Example:
        >>> presence_score(np.array([[[0.9, 0.2]]]), np.array([[[True, False]]]), 0.5)
        0.45
    """
    inside = float(probability[mask].mean()) if mask.any() else float(probability.max(initial=0.0))
    return inside * presence


def _holds_something(
    images: Mapping[str, np.ndarray], place: tuple[int, tuple[int, ...]], sides: Sequence[int], dims: int
) -> bool:
    depth, corner = place
    for image in images.values():
        planes = image if dims == 3 else image[:, depth : depth + 1]
        near = planes[(slice(None), *_slices(corner, sides))]
        if near.min() != near.max():
            return True
    return False


def _cut(
    image: np.ndarray, place: tuple[int, tuple[int, ...]], sides: Sequence[int], segmenter: Segmenter
) -> Float[Tensor, "c ..."]:
    depth, corner = place
    if segmenter.config.dims == 3:
        return torch.from_numpy(np.ascontiguousarray(image[(slice(None), *_slices(corner, sides))], dtype=np.float32))
    context = segmenter.config.context
    near = np.clip(np.arange(depth - context, depth + context + 1), 0, image.shape[1] - 1)
    _, rows, columns = _slices(corner, sides)
    slices = np.moveaxis(image[:, near, rows, columns], 1, 0).reshape(-1, *sides)
    return torch.from_numpy(np.ascontiguousarray(slices, dtype=np.float32))


def _tokens(one: TokenMap, place: tuple[int, tuple[int, ...]], sides: Sequence[int]) -> Float[Tensor, "d g h"]:
    depth, corner = place
    centre = [low + (side - 1) / 2 for low, side in zip(corner, sides, strict=True)]
    return one.window(depth, centre=centre, window=sides)


def _corners(shape: Sequence[int], sides: Sequence[int], overlap: float) -> Iterator[tuple[int, ...]]:
    """Corners of windows that cover a shape, the outermost flush with its edges."""
    axes = []
    for n, side in zip(shape, sides, strict=True):
        count = 1 if n <= side else math.ceil((n - side) / max(1, round(side * (1 - overlap)))) + 1
        axes.append([round(number * (n - side) / max(1, count - 1)) for number in range(count)])
    return itertools.product(*axes)


def _slices(corner: Sequence[int], sides: Sequence[int]) -> tuple[slice, slice, slice]:
    """Slices of (z, y, x); a plane takes all that there is of z."""
    cut = [slice(low, low + side) for low, side in zip(corner, sides, strict=True)]
    z, y, x = (slice(None), *cut)[-3:]
    return z, y, x


def _as_volume(sides: Sequence[int]) -> tuple[int, int, int]:
    z, y, x = (1, *sides)[-3:]
    return z, y, x


def _weight(sides: Sequence[int]) -> Float[Tensor, "z y x"]:
    """A Gaussian bump, 1 in the middle."""
    axes = [torch.exp(-0.5 * ((torch.arange(n) - (n - 1) / 2) / max(1.0, n * _EDGE)) ** 2) for n in _as_volume(sides)]
    bump = axes[0][:, None, None] * axes[1][None, :, None] * axes[2][None, None, :]
    return bump.clamp(min=1e-3).to(torch.float16)
