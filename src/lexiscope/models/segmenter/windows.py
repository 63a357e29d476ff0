"""`segment_case`: a segmenter over a whole image or volume, window by window; `segment_choices`: with fewer images."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lexiscope.core.batched import batched
from lexiscope.core.progress import Progress
from lexiscope.models.segmenter.branch_levels import BranchLevels
from lexiscope.models.segmenter.case_masks import CaseMasks
from lexiscope.models.segmenter.joined_windows import JoinedWindows
from lexiscope.models.segmenter.segmenter import Segmenter, SegmenterOutput
from lexiscope.models.segmenter.token_map import TokenMap

_Place: TypeAlias = tuple[int, tuple[int, ...]]
"""Slice and corner of a window; a window of a volume has its depth in the corner, and 0 for a slice."""

_Copy: TypeAlias = tuple[tuple[int, ...], Tensor]
"""Axes that windows are flipped along, counted from the last, and the sentences that are asked of them."""

_EDGE = 0.125  # standard deviation of a window's weight, of its side: as in nnU-Net and MONAI
_AIR = 0.02  # of the span of an image's values, above the least: noise of a scanner in air
_BEYOND = 8  # the outermost windows reach an eighth of their side beyond what is not air
_VOXELS = 1 << 19  # of a batch over all sentences: maps of some tens of megabytes come from the system anew each time


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
    mirrors: Sequence[int] = (),
    placeless: Bool[Tensor, " k"] | None = None,
    progress: Progress | None = None,
) -> CaseMasks:
    """Masks of a whole case: windows that overlap, weighed by a Gaussian.

    Windows lie around what is not air, evenly; those that hold nothing but air are left out, and count as without the
    structure where others overlap them. The sentences are read once. Masks are joined in 8 bit (`JoinedWindows`).

    Args:
        segmenter: Segmenter in eval mode.
        images: Modality -> prepared image (`CaseGrid`); modalities that the case lacks are left out.
        sentences: Vectors of the sentences (`Segmenter.embed`).
        window: Sides of a window, (y, x) or (z, y, x), of the size it was trained in.
        maps: Modality -> what the segmenter's frozen tower says of the image, where it is kept; None computes it.
        overlap: Share of a window's side that the next one overlaps.
        batch: Windows that are computed at once, at most; large ones and many sentences make it less.
        mirrors: Axes of a window, 0 the first: the mean is taken over its copies mirrored along each set of them, as
            nnU-Net does (https://arxiv.org/abs/1904.08128).
        placeless: Sentences that name no side and no place, which alone are asked of mirrored copies; all when None.
        progress: Called with the windows that were read, of those that hold more than air.
    """
    if maps is None and segmenter.keeps_tokens:
        maps = {name: made for name, image in images.items() if (made := segmenter.token_map(image)) is not None}
    shown = [ShownImage(name, image, (maps or {}).get(name)) for name, image in images.items()]
    every = range(len(shown))
    return segment_choices(
        segmenter,
        shown,
        [every],
        sentences,
        window=window,
        body=body_of(images),
        overlap=overlap,
        batch=batch,
        mirrors=mirrors,
        placeless=placeless,
        progress=progress,
    )[0]


@dataclass(frozen=True, slots=True)
class ShownImage:
    """One image that a segmenter may be shown.

    Args:
        modality: What it is shown as.
        values: `(c, z, y, x)`, prepared.
        tokens: What the segmenter's frozen tower says of it, where it is kept.
    """

    modality: str
    values: Float[np.ndarray, "c z y x"]
    tokens: TokenMap | None = None


@torch.inference_mode()
def segment_choices(
    segmenter: Segmenter,
    images: Sequence[ShownImage],
    choices: Sequence[Sequence[int]],
    sentences: Float[Tensor, "k d"],
    *,
    window: Sequence[int],
    body: Bool[np.ndarray, "z y x"],
    overlap: float = 0.5,
    batch: int = 8,
    mirrors: Sequence[int] = (),
    placeless: Bool[Tensor, " k"] | None = None,
    progress: Progress | None = None,
) -> list[CaseMasks]:
    """Masks of a whole case under each of several choices of its images; what the choices share is computed once.

    With late fusion each image is decoded once and only weighed anew; with hybrid fusion it is encoded once; early
    fusion reads every choice.

    Args:
        segmenter: Segmenter in eval mode.
        images: Images of one grid, possibly several of a modality: its own, a blank one, that of another case.
        choices: Numbers of the images that are shown together, at least one, no two of one modality.
        sentences: Vectors of the sentences (`Segmenter.embed`).
        window: Sides of a window, (y, x) or (z, y, x), of the size it was trained in.
        body: Where windows are laid, the same for every choice: where any image of the case is more than air.
        overlap: Share of a window's side that the next one overlaps.
        batch: Windows that are computed at once, at most; large ones and many sentences make it less.
        mirrors: As of `segment_case`.
        placeless: As of `segment_case`.
        progress: As of `segment_case`.
    """
    dims, k = segmenter.config.dims, len(sentences)
    sides = [min(side, n) for side, n in zip(window, body.shape[-dims:], strict=True)]
    joined = JoinedWindows(len(choices) * k, body.shape, _weight(sides))
    presence = torch.zeros(len(choices), k)
    copies = _copies(mirrors, torch.ones(k, dtype=torch.bool) if placeless is None else placeless, dims)
    places = laid_windows(body, sides, overlap=overlap)
    filled = [place for place, full in places if full]
    parts = batched(filled, _fitting(batch, k * math.prod(sides)))
    read = _read(segmenter, images, choices, sentences, copies, parts=parts, sides=sides)
    done = 0
    for place, full in places:
        masks = None
        if full:
            masks, there = next(read)
            presence = torch.maximum(presence, there)
            done += 1
            if progress is not None:
                progress(done, len(filled), "windows")
        joined.add(_slices(place, sides), masks)
    return list(map(CaseMasks, joined.steps().unflatten(0, (len(choices), k)), presence))


def _read(
    segmenter: Segmenter,
    images: Sequence[ShownImage],
    choices: Sequence[Sequence[int]],
    sentences: Float[Tensor, "k d"],
    copies: Sequence[_Copy],
    *,
    parts: Iterable[Sequence[_Place]],
    sides: Sequence[int],
) -> Iterator[tuple[Float[Tensor, "nk z y x"], Float[Tensor, "n k"]]]:
    """Masks and presence in each window, for all choices and sentences; the windows of a part are computed together."""
    for part in parts:
        cut = [_CutImage.of(image, part, sides, segmenter) for image in images]
        masks, presence = _of_copies(segmenter, cut, choices, sentences, copies)
        for number in range(len(part)):
            yield masks[:, number].reshape(-1, *_as_volume(sides)), presence[:, number]


@dataclass(frozen=True, slots=True)
class _CutImage:
    """Some windows of a `ShownImage`."""

    modality: str
    values: Float[Tensor, "b c ..."]
    tokens: Float[Tensor, "b d g h"] | None

    @classmethod
    def of(cls, image: ShownImage, places: Sequence[_Place], sides: Sequence[int], reads: Segmenter) -> "_CutImage":
        values = torch.stack([cut_window(image.values, place, sides, reads) for place in places])
        kept = image.tokens
        tokens = None if kept is None else torch.stack([_tokens(kept, place, sides) for place in places])
        return cls(image.modality, values, tokens)

    def flipped(self, axes: tuple[int, ...]) -> "_CutImage":
        return _CutImage(self.modality, self.values.flip(axes), None if self.tokens is None else self.tokens.flip(axes))


def _copies(mirrors: Sequence[int], placeless: Bool[Tensor, " k"], dims: int) -> list[_Copy]:
    """What is averaged: windows as they are for all sentences, mirrored ones for those that name no place."""
    plain: _Copy = ((), torch.ones_like(placeless))
    if not mirrors or not bool(placeless.any()):
        return [plain]
    sets = [some for count in range(1, len(mirrors) + 1) for some in itertools.combinations(mirrors, count)]
    return [plain, *((tuple(axis - dims for axis in some), placeless) for some in sets)]


def _of_copies(
    segmenter: Segmenter,
    images: Sequence[_CutImage],
    choices: Sequence[Sequence[int]],
    sentences: Float[Tensor, "k d"],
    copies: Sequence[_Copy],
) -> tuple[Float[Tensor, "n b k ..."], Float[Tensor, "n b k"]]:
    """Probabilities of masks and of presence for some windows under each of n choices, the mean over copies."""
    b, _, *sides = images[0].values.shape
    masks, presence = torch.zeros(len(choices), b, len(sentences), *sides), torch.zeros(len(choices), b, len(sentences))
    for axes, asked in copies:
        turned = [image.flipped(axes) for image in images]
        outputs = _of_windows(segmenter, turned, choices, sentences[asked].expand(b, -1, -1))
        for number, output in enumerate(outputs):
            masks[number][:, asked] += output.masks.sigmoid().flip(axes)
            presence[number][:, asked] += output.presence.sigmoid()
    count = torch.stack([asked for _, asked in copies]).sum(dim=0)
    return masks.div_(count.view(-1, *[1] * len(sides))), presence / count


def _of_windows(
    segmenter: Segmenter,
    images: Sequence[_CutImage],
    choices: Sequence[Sequence[int]],
    sentences: Float[Tensor, "b k d"],
) -> Iterator[SegmenterOutput]:
    """Output for some windows under each choice."""
    if segmenter.stack is not None:  # stacked images have no levels apart
        for choice in choices:
            levels = _encoded(segmenter, [images[number] for number in choice])
            yield next(segmenter.decode(levels, sentences, [levels.present]))
        return
    levels = BranchLevels.joined([_encoded(segmenter, [image]) for image in images])
    yield from segmenter.decode(levels, sentences, [_mask(choice, levels.present) for choice in choices])


def _encoded(segmenter: Segmenter, images: Sequence[_CutImage]) -> BranchLevels:
    values = {image.modality: image.values for image in images}
    present = {name: torch.ones(len(x), dtype=torch.bool) for name, x in values.items()}
    tokens = {image.modality: image.tokens for image in images if image.tokens is not None}
    return segmenter.encode(values, present, tokens)


def _mask(choice: Sequence[int], present: Bool[Tensor, "b m"]) -> Bool[Tensor, "b m"]:
    if len(choice) == present.shape[1]:
        return present
    mask = torch.zeros_like(present)
    mask[:, list(choice)] = True
    return mask


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


def body_of(images: Mapping[str, Float[np.ndarray, "c z y x"]]) -> Bool[np.ndarray, "z y x"]:
    """Where any modality is more than air: above its least value by more than noise is, and not in a blank slice."""
    body = np.zeros(next(iter(images.values())).shape[1:], bool)
    for image in images.values():
        lows, highs = image.min(axis=(0, 2, 3)), image.max(axis=(0, 2, 3))
        least, most = float(lows.min()), float(highs.max())
        more = image > np.float16(least + _AIR * (most - least))
        body |= more.any(axis=0) & (lows < highs)[:, None, None]
    return body


def filled_places(body: Bool[np.ndarray, "z y x"], sides: Sequence[int], *, overlap: float) -> list[_Place]:
    """Windows that hold more than air, as `cut_window` takes them.

    Args:
        body: Where there is more than air.
        sides: Sides of a window, no larger than the image.
        overlap: Share of a window's side that the next one overlaps.
    """
    return [place for place, full in laid_windows(body, sides, overlap=overlap) if full]


def laid_windows(body: Bool[np.ndarray, "z y x"], sides: Sequence[int], *, overlap: float) -> list[tuple[_Place, bool]]:
    """All windows, and whether they hold more than air; its arguments are those of `filled_places`."""
    return [(place, bool(body[_slices(place, sides)].any())) for place in _places(body, sides, overlap)]


def _places(body: Bool[np.ndarray, "z y x"], sides: Sequence[int], overlap: float) -> Iterator[_Place]:
    """Each window, the first planes first."""
    if len(sides) == 3:
        yield from ((0, corner) for corner in _corners(body, sides, overlap))
        return
    for depth, plane in enumerate(body):
        yield from ((depth, corner) for corner in _corners(plane, sides, overlap))


def _corners(body: Bool[np.ndarray, "..."], sides: Sequence[int], overlap: float) -> Iterator[tuple[int, ...]]:
    """Corners of windows over what is not air, evenly spaced; none where there is nothing else."""
    axes = []
    for axis, side in enumerate(sides):
        places = np.flatnonzero(body.any(axis=tuple(other for other in range(body.ndim) if other != axis)))
        if not len(places):
            return
        axes.append(_starts(int(places[0]), int(places[-1]) + 1, body.shape[axis], side, overlap))
    yield from itertools.product(*axes)


def _starts(low: int, high: int, n: int, side: int, overlap: float) -> list[int]:
    """First places of windows along an axis of `n` that cover from `low` to `high`.

    One in the middle where it is enough; else those at the ends reach a little beyond, as edges are told badly.

    Example:
        >>> _starts(0, 10, 10, 4, 0.5), _starts(40, 60, 100, 30, 0.5), _starts(95, 100, 100, 30, 0.5)
        ([0, 2, 4, 6], [35], [70])
        >>> _starts(40, 80, 100, 32, 0.5)
        [36, 52]
    """
    if high - low <= side:
        return [min(max(0, (low + high - side) // 2), n - side)]
    low, high = max(0, low - side // _BEYOND), min(n, high + side // _BEYOND)
    count = math.ceil((high - low - side) / max(1, round(side * (1 - overlap)))) + 1
    return [low + round(number * (high - low - side) / max(1, count - 1)) for number in range(count)]


def _fitting(batch: int, voxels: int) -> int:
    """Windows of so many voxels, over all sentences, that are computed at once: maps of more are slow to come by."""
    return max(1, min(batch, max(2, _VOXELS // voxels)))


def cut_window(image: np.ndarray, place: _Place, sides: Sequence[int], segmenter: Segmenter) -> Float[Tensor, "c ..."]:
    """One window of a prepared image as a segmenter reads it, with its context.

    Args:
        image: `(c, z, y, x)`.
        place: Slice and corner, as in 2 dimensions (z, (y, x)); of a window of a volume (0, (z, y, x)).
        sides: Sides of the window, no larger than the image.
        segmenter: Segmenter that reads it.
    """
    depth, rows, columns = _slices(place, sides)
    if segmenter.config.dims == 3:
        return torch.from_numpy(np.ascontiguousarray(image[:, depth, rows, columns], dtype=np.float32))
    context = segmenter.config.context
    near = np.clip(np.arange(depth.start - context, depth.start + context + 1), 0, image.shape[1] - 1)
    slices = np.moveaxis(image[:, near, rows, columns], 1, 0).reshape(-1, *sides)
    return torch.from_numpy(np.ascontiguousarray(slices, dtype=np.float32))


def _tokens(one: TokenMap, place: _Place, sides: Sequence[int]) -> Float[Tensor, "d g h"]:
    depth, corner = place
    centre = [low + (side - 1) / 2 for low, side in zip(corner, sides, strict=True)]
    return one.window(depth, centre=centre, window=sides)


def _slices(place: _Place, sides: Sequence[int]) -> tuple[slice, slice, slice]:
    """Slices of (z, y, x)."""
    depth, corner = place
    cut = [slice(low, low + side) for low, side in zip(corner, sides, strict=True)]
    z, y, x = (slice(depth, depth + 1), *cut)[-3:]
    return z, y, x


def _as_volume(sides: Sequence[int]) -> tuple[int, int, int]:
    z, y, x = (1, *sides)[-3:]
    return z, y, x


def _weight(sides: Sequence[int]) -> Float[Tensor, "z y x"]:
    """A Gaussian bump, 1 in the middle."""
    axes = [torch.exp(-0.5 * ((torch.arange(n) - (n - 1) / 2) / max(1.0, n * _EDGE)) ** 2) for n in _as_volume(sides)]
    bump = axes[0][:, None, None] * axes[1][None, :, None] * axes[2][None, None, :]
    return bump.clamp(min=1e-3)
