"""Images of a case as small pictures inside a page, with the borders of masks."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from lexiscope.core.case import Case
from lexiscope.core.image import Image
from lexiscope.corpus.store import Corpus
from lexiscope.sources.pixels import read_pixels

_SIDE = 220  # pixels of the longer side
_OUTLINE, _FOUND = (255, 178, 56, 255), (64, 224, 255, 255)
_MIDDLE = 0.55  # where a volume is cut when no mask says where to look: through the ventricles of a head


@dataclass(frozen=True, slots=True)
class Picture:
    """One modality of a case.

    Args:
        name: The modality.
        source: The picture as a data URI; None when there is none.
        outline: The border of the case's mask on the same grid, as a data URI with transparency, if there is a mask.
        found: The border of a mask that a model found, likewise.
        missing: Why there is no picture.
    """

    name: str
    source: str | None
    outline: str | None = None
    found: str | None = None
    missing: str = "not acquired"


def pictures_of(
    case: Case, *, corpus: Corpus, modalities: Sequence[str], structure: str = "lesion"
) -> tuple[Picture, ...]:
    """A picture of each modality, in this order, missing ones included.

    Volumes are shown as the axial slice where the mask `structure` is largest, or one near the middle, in radiological
    convention (the patient's left on the right). Brightness runs from 0 to the 99.5th percentile.
    """
    mask = case.masks.get(structure)
    grid = read_pixels(corpus.object_path(mask))[0] > 0 if mask is not None and mask.is_volume else None
    at = int(grid.sum(axis=(1, 2)).argmax()) if grid is not None and grid.any() else None
    outline = _outline(grid[at], mask) if grid is not None and at is not None else None
    return tuple(
        Picture(name, _picture(case.images[name], corpus, at), outline) if name in case.images else Picture(name, None)
        for name in modalities
    )


def outlined_pictures(
    case: Case,
    *,
    corpus: Corpus,
    modalities: Sequence[str],
    found: Bool[np.ndarray, "z y x"],
    truth: Bool[np.ndarray, "z y x"],
    left_out: Sequence[str] = (),
) -> tuple[Picture, ...]:
    """A picture of each modality with the borders of a mask that was found and of the true one.

    Volumes are shown as the axial slice where the true mask is largest; where it is empty, that of the mask found, else
    one near the middle. Borders are drawn on images of the masks' own grid.

    Args:
        case: Case that was segmented.
        corpus: Its corpus.
        modalities: Modalities to show, in this order.
        found: Mask that was found, z = 1 for planes.
        truth: True mask on the same grid.
        left_out: Modalities that the model was not given.
    """
    decides = next((mask for mask in (truth, found) if mask.any()), None)
    depth = len(truth)
    at = int(_MIDDLE * depth) if decides is None else int(decides.sum(axis=(1, 2)).argmax())
    shown = []
    for name in modalities:
        image = case.images.get(name)
        if image is None or name in left_out:
            shown.append(Picture(name, None, missing="not acquired" if image is None else "left out"))
            continue
        same = (1, *image.shape)[-3:] == truth.shape
        border, true = (
            _outline(mask[at], image, colour=colour, thickness=thickness) if same and mask[at].any() else None
            for mask, colour, thickness in ((found, _FOUND, 2), (truth, _OUTLINE, 3))
        )
        shown.append(Picture(name, _picture(image, corpus, at if image.is_volume else None), true, border))
    return tuple(shown)


def _picture(image: Image, corpus: Corpus, at: int | None) -> str:
    pixels = read_pixels(corpus.object_path(image))  # (c, y, x) or (c, z, y, x)
    if not image.is_volume:
        return _data_uri(_to_bytes(pixels), image)
    index = at if at is not None and at < pixels.shape[1] else int(_MIDDLE * pixels.shape[1])
    return _data_uri(_to_bytes(pixels)[:, index, ::-1, ::-1], image)


def _to_bytes(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype == np.uint8 and pixels.ndim == 3:
        return pixels
    seen = pixels[np.isfinite(pixels) & (pixels > 0)]
    top = float(np.percentile(seen[:: max(1, seen.size // 100_000)], 99.5)) if seen.size else 1.0
    return (np.clip(np.nan_to_num(pixels) / top, 0, 1) * 255).astype(np.uint8)


def _outline(
    mask: np.ndarray, image: Image | None, *, colour: tuple[int, ...] = _OUTLINE, thickness: int = 1
) -> str | None:
    from scipy import ndimage

    if image is None:
        return None
    mask = mask[::-1, ::-1] if image.is_volume else mask
    mask = ndimage.zoom(mask.astype(np.float32), 3, order=1, grid_mode=True, mode="nearest") > 0.5
    border = ndimage.binary_dilation(mask, iterations=thickness) & ~mask
    painted = np.zeros((4, *border.shape), np.uint8)
    painted[:, border] = np.array(colour, np.uint8)[:, None]
    return _data_uri(painted, image)


def _data_uri(planes: np.ndarray, image: Image) -> str:
    """(c, y, x) bytes as a JPEG in the proportions of the thing itself, or as a transparent PNG (outlines)."""
    from PIL import Image as Pillow

    planes = planes if planes.shape[0] in (3, 4) else planes[:1]
    picture = Pillow.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0).squeeze()))
    kind = "png" if picture.mode == "RGBA" else "jpeg"
    if kind == "jpeg":  # an outline stays as fine as it was drawn: the page stretches it over its picture
        size = _size(picture.height, picture.width, image.spacing)
        picture = picture.resize(size, Pillow.Resampling.BICUBIC)
    stream = io.BytesIO()
    picture.save(stream, format=kind, quality=84, optimize=True)
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def _size(height: int, width: int, spacing: tuple[float, ...] | None) -> tuple[int, int]:
    """Width and height that fit into `_SIDE`."""
    tall, wide = (height, width) if spacing is None else (height * spacing[-2], width * spacing[-1])
    longer = max(tall, wide)
    return max(1, round(_SIDE * wide / longer)), max(1, round(_SIDE * tall / longer))
