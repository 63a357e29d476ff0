"""`about`: what a page must know of an image before it shows it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lexiscope.serve.pictures.decoded import Decoded
from lexiscope.serve.pictures.disk import Disk
from lexiscope.serve.pictures.orientation import AXES, oblique_degrees, sides_of
from lexiscope.serve.pictures.shown_file import ShownFile
from lexiscope.serve.pictures.tiles import TILE


def about(image: Decoded) -> dict[str, Any]:
    """Facts about an image as JSON types.

    `shape` and `spacing` are (y, x) or (z, y, x); `affine` leads from voxels (x, y, z) of that shape to millimetres in
    RAS+ and is null, like `letters`, where the file states no place in a patient; `low` and `high` are the 1st and 99th
    percentile, `window` what is shown black and white at first; `scale` is the size of a pixel in the plane of a
    picture or axial slice; `tile` is the side of the tiles of a picture.
    """
    return {
        "format": image.format,
        "shape": list(image.values.shape[1:]),
        "channels": len(image.values),
        "bits": image.values.dtype.itemsize * 8,
        "spacing": None if image.spacing is None else list(image.spacing),
        "unit": image.unit,
        "scale": _scale(image),
        "affine": None if image.affine is None else image.affine.tolist(),
        "oblique_degrees": None if image.affine is None else round(oblique_degrees(image.affine), 2),
        "letters": _letters(image),
        "low": image.percentiles[0],
        "high": image.percentiles[1],
        "window": list(image.window()),
        "channel_windows": [list(window) for window in image.windows],
        "tile": None if image.is_volume else TILE,
    }


def about_file(disk: Disk, shown: ShownFile, image: Callable[[], Decoded]) -> Path:
    """The file of the facts about an image as JSON, made now where it is not there."""
    return disk.file(shown.content, f"-about{shown.mark}.json", lambda: json.dumps(about(image())).encode())


def _scale(image: Decoded) -> dict[str, Any] | None:
    if image.spacing is None:
        return None
    return {"y": image.spacing[-2], "x": image.spacing[-1], "unit": image.unit}


def _letters(image: Decoded) -> dict[str, dict[str, str]] | None:
    axes = AXES if image.is_volume else AXES[:1]
    sides = {axis: found for axis in axes if (found := sides_of(image, axis)) is not None}
    letters = {
        axis: {"left": one.left, "right": one.right, "top": one.top, "bottom": one.bottom}
        for axis, one in sides.items()
    }
    return letters or None
