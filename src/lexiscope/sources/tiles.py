"""`cut_tiles`: a draft of one picture with its masks -> square tiles of it, each knowing what is in it and what is not.

So large micrographs in which every structure occurs somewhere still give questions that are answered by no. Own
definition: a structure is in a tile when it takes `LEAST` of its area; a tile that has less of it, but some, says
nothing about it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Draft, ImageFile
from lexiscope.sources.encode import plane_file
from lexiscope.sources.on_disk import on_disk
from lexiscope.sources.pixels import read_header, read_pixels

LEAST = 0.001  # of a tile

_Box = tuple[int, int, int, int]


def cut_tiles(draft: Draft, *, side: int) -> Iterator[Draft]:
    """The tiles of a draft, row by row.

    Args:
        draft: A draft of one picture with masks on its grid.
        side: Side of a tile in pixels; what is left over at the right and lower edge is not used.

    Raises:
        SourceError: the picture or a mask is damaged, a volume, or of another size.
    """
    image = next(iter(draft.images.values()))
    pixels = _pixels(image)
    masks = {name: _pixels(mask)[0] > 0 for name, mask in draft.masks.items()}
    for name, mask in masks.items():
        if pixels.ndim != 3 or pixels.shape[1:] != mask.shape:
            msg = f"the mask {name} is of {mask.shape}, its image of {pixels.shape[1:]}"
            raise SourceError(msg, remedy="cut tiles from pictures, and export labels at the size of their picture")
    corners = product(*(range(0, length - side + 1, side) for length in pixels.shape[1:]))
    for top, left in corners:
        box = (left, top, left + side, top + side)
        cut = {name: mask[top : box[3], left : box[2]] for name, mask in masks.items()}
        yield _tile(draft, image, pixels, cut, box)


def _pixels(file: ImageFile) -> NDArray[Any]:
    with on_disk(file.origin) as path:
        return read_pixels(path)


def _tile(
    draft: Draft, image: ImageFile, pixels: NDArray[Any], masks: Mapping[str, NDArray[np.bool_]], box: _Box
) -> Draft:
    left, top, right, bottom = box
    spacing, unit = image.spacing, image.unit
    if spacing is None and isinstance(image.origin, Path):
        header = read_header(image.origin)
        spacing, unit = header.spacing, header.unit
    planes = pixels[:, top:bottom, left:right]
    shown = planes[0] if len(planes) == 1 else np.moveaxis(planes, 0, -1)
    provenance = replace(
        draft.provenance,
        locator={**draft.provenance.locator, "box_px": [float(edge) for edge in box]},
        steps=(*draft.provenance.steps, f"tile of {right - left} pixels"),
    )
    return replace(
        draft,
        id=f"{draft.id}-{top}-{left}",
        provenance=provenance,
        images={next(iter(draft.images)): plane_file(shown, spacing, unit=unit or "mm")},
        masks={name: plane_file(mask.astype(np.uint8), None) for name, mask in masks.items() if _is_clear(mask)},
    )


def _is_clear(mask: NDArray[np.bool_]) -> bool:
    share = float(mask.mean())
    return share == 0 or share >= LEAST
