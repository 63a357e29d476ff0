"""`with_labelled_mask`: a draft with a label image -> a mask for each structure that is marked, whole or tile by tile.

A tile knows what is in it and what is not, so that large micrographs in which every structure occurs somewhere still
give questions that are answered by no. Own definition: a structure is in a tile when it takes `LEAST` of its area; a
tile that has less of it, but some, says nothing about it.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Draft, Encoded, ImageFile
from lexiscope.sources.formats.indexed import has_palette, read_indices
from lexiscope.sources.naming import slug
from lexiscope.sources.pixels import read_header, read_pixels

LEAST = 0.001  # of a tile


def with_labelled_mask(
    draft: Draft, *, labels: Path, names: Sequence[str], tiles: int | None = None
) -> Iterator[Draft]:
    """The draft with a mask for each name, or its tiles.

    Args:
        labels: Label image on the grid of the draft's only image: pixels of value i belong to the i-th name.
        names: Names of the classes by value, from 0; the first is what is left, such as "background".
        tiles: Side of a tile in pixels; what is left over at the right and lower edge is not used. None cuts nothing.

    Raises:
        SourceError: the label image is damaged, of another size, or has values without a name.
    """
    draft = _with_palette_said(draft, labels)
    image = next(iter(draft.images.values()))
    values = _values(labels, names)
    pixels = read_pixels(image.origin) if isinstance(image.origin, Path) else None
    if pixels is None or pixels.shape[1:] != values.shape:
        here = "another grid" if pixels is None else f"{pixels.shape[1:]}"
        raise SourceError(f"{labels.name} is of {values.shape}, its image of {here}", remedy="export both at one size")
    masks = {slug(name, default=f"class_{value}"): values == value for value, name in enumerate(names) if value}
    if tiles is None:
        yield _with(draft, masks, least=0.0)
        return
    corners = product(*(range(0, side - tiles + 1, tiles) for side in values.shape))
    for top, left in corners:
        box = (left, top, left + tiles, top + tiles)
        cut = {name: mask[top : box[3], left : box[2]] for name, mask in masks.items()}
        yield _with(_tile(draft, image, pixels, box), cut, least=LEAST)


def _with_palette_said(draft: Draft, labels: Path) -> Draft:
    if not has_palette(labels):
        return draft
    steps = (*draft.provenance.steps, f"{labels.name} has a palette: its indices are the classes")
    return replace(draft, provenance=replace(draft.provenance, steps=steps))


def _values(labels: Path, names: Sequence[str]) -> NDArray[Any]:
    pixels = read_indices(labels)[None] if has_palette(labels) else read_pixels(labels)
    if pixels.ndim != 3 or len(pixels) != 1:
        raise SourceError(f"{labels.name} must be one plane of class numbers, got {pixels.shape}", remedy="export ids")
    if int(pixels.max()) >= len(names) or int(pixels.min()) < 0:
        msg = f"{labels.name} has the class {int(pixels.max())}, but only {len(names)} names: {', '.join(names)}"
        raise SourceError(msg, remedy="name every class in the column, the background first")
    return pixels[0]


def _tile(draft: Draft, image: ImageFile, pixels: NDArray[Any], box: tuple[int, int, int, int]) -> Draft:
    left, top, right, bottom = box
    spacing, unit = image.spacing, image.unit
    if spacing is None and isinstance(image.origin, Path):
        header = read_header(image.origin)
        spacing, unit = header.spacing, header.unit
    provenance = replace(
        draft.provenance,
        locator={**draft.provenance.locator, "box_px": [float(edge) for edge in box]},
        steps=(*draft.provenance.steps, f"tile of {right - left} pixels"),
    )
    cut = ImageFile(_png(pixels[:, top:bottom, left:right]), spacing=spacing, unit=unit)
    name = next(iter(draft.images))
    return replace(draft, id=f"{draft.id}-{top}-{left}", provenance=provenance, images={name: cut})


def _with(draft: Draft, masks: Mapping[str, NDArray[np.bool_]], *, least: float) -> Draft:
    shares = {name: float(mask.mean()) for name, mask in masks.items()}
    clear = [name for name, share in shares.items() if share == 0 or share >= least]
    return replace(draft, masks={name: ImageFile(_png(masks[name][None].astype(np.uint8))) for name in clear})


def _png(pixels: NDArray[Any]) -> Encoded:
    """A PNG file of `(c, y, x)` with one or three planes of 8 or 16 bits."""
    stream = io.BytesIO()
    planes = pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1)
    Pillow.fromarray(np.ascontiguousarray(planes)).save(stream, "PNG", compress_level=2)
    return Encoded(stream.getvalue(), ".png")
