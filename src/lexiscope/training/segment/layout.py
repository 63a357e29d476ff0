"""`choose_layout`: dimensions, spacing and window that fit the cases of a corpus, as nnU-Net's rules do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.image import Image
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.views.case_grid import CaseGrid

_DEEP = 0.25  # of the longest side: volumes at least so deep are read whole
_COLOURED = 0.1  # of the images of a modality: from here on, all of them are read in colour
_PLANE, _VOLUME = 192, (48, 64, 64)  # longest sides of a window
_TILE = 512  # longest side of a part that a frozen tower reads at once; DINOv2 was trained on 518 pixels


@dataclass(frozen=True, slots=True)
class Layout:
    """How cases are laid out for a segmenter.

    Args:
        grid: Common grid of a case's images.
        window: Sides of a window, (y, x) or (z, y, x).
        tile: Side in pixels of the square parts that a frozen tower reads a plane in: the whole plane, so that the
            tower sees what lies around a window, or where that is too large an even share of it.
        volumes: Most images are scans of several slices.
    """

    grid: CaseGrid
    window: tuple[int, ...]
    tile: int
    volumes: bool


def choose_layout(cases: Sequence[Case], config: SegmentConfig) -> Layout:
    """The layout of a corpus; what the settings name is taken as it is.

    Volumes that are at least a quarter as deep as wide are read whole, others slice by slice. Where the spacing is
    known, all are brought to the median, and so is what comes later. Own rules, after nnU-Net's
    (https://arxiv.org/abs/1904.08128).

    Args:
        cases: Cases to learn from, each with an image.
        config: Settings of the training.

    Raises:
        UsageError: a modality that no case has, or sides that do not fit the dimensions.
    """
    modalities = _modalities(cases, config.modalities)
    images = [case.images[name] for case in cases for name in modalities if name in case.images]
    volumes = 2 * sum(image.is_volume for image in images) > len(images)
    shapes = np.array([(1, *image.shape)[-3:] for image in images])
    dims = config.dims or _dims(shapes, volumes)
    spacing = config.spacing or _spacing(images, dims)
    sides = np.median(_at(shapes, images, spacing, dims), axis=0)
    window = config.window or _window(sides, dims)
    if len(window) != dims or (spacing is not None and len(spacing) != dims):
        raise UsageError(f"windows and spacings of {dims} dimensions have {dims} numbers, got {window} and {spacing}")
    grid = CaseGrid(channels=modalities, dims=dims, spacing=spacing)
    return Layout(grid, tuple(window), _tile(sides[-2:]), volumes)


def _modalities(cases: Sequence[Case], wanted: Sequence[str] | None) -> dict[str, int]:
    """Modality -> 3 where any notable part of its images has colour, else 1."""
    names = sorted({name for case in cases for name in case.images})
    unknown = [name for name in wanted or () if name not in names]
    if unknown:
        raise UsageError(
            f"no image of {', '.join(unknown)} in the corpus, which has {', '.join(names)}; choose among these"
        )
    colours = {
        name: [case.images[name].channels >= 3 for case in cases if name in case.images] for name in wanted or names
    }
    return {name: 3 if sum(coloured) >= _COLOURED * len(coloured) else 1 for name, coloured in colours.items()}


def _dims(shapes: np.ndarray, volumes: bool) -> int:
    sides = np.sort(np.median(shapes, axis=0))
    return 3 if volumes and sides[0] >= _DEEP * sides[-1] else 2


def _spacing(images: Sequence[Image], dims: int) -> tuple[float, ...] | None:
    known = [image.spacing[-dims:] for image in images if image.spacing is not None and len(image.spacing) >= dims]
    if not known or len(known) < len(images):
        return None
    return tuple(float(step) for step in np.median(np.array(known), axis=0))


def _at(shapes: np.ndarray, images: Sequence[Image], spacing: Sequence[float] | None, dims: int) -> np.ndarray:
    """Sides of the images at a spacing."""
    sides = shapes[:, -dims:].astype(float)
    if spacing is None:
        return sides
    steps = np.array([image.spacing[-dims:] for image in images if image.spacing is not None])
    return sides * steps / np.array(spacing)


def _window(usual: np.ndarray, dims: int) -> tuple[int, ...]:
    most, multiple = (_VOLUME, 8) if dims == 3 else ((_PLANE, _PLANE), 16)
    return tuple(
        min(limit, max(multiple, multiple * round(side / multiple))) for side, limit in zip(usual, most, strict=True)
    )


def _tile(usual: np.ndarray) -> int:
    side = float(usual.max())
    return 16 * math.ceil(side / math.ceil(side / _TILE) / 16)
