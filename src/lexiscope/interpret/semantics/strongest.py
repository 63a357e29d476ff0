"""`strongest_pictures`: the images that some units respond to most, each with its map over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from lexiscope.interpret.charts import Chart, Gallery
from lexiscope.interpret.pooled import Place
from lexiscope.interpret.slices import as_slices, grey_slices
from lexiscope.interpret.subject import Cases, Level, ShowsImages, ShowsLevels


@dataclass(frozen=True)
class ShownUnit:
    """A unit whose strongest images are shown.

    Args:
        place: Branch and level.
        unit: Number of the unit.
        concept: Concept that it detects.
        rows: Rows of the cases that it responds to most.
    """

    place: Place
    unit: int
    concept: str
    rows: Sequence[int]


def strongest_pictures(subject: Any, cases: Cases[Any], shown: Sequence[ShownUnit], *, title: str) -> list[Chart]:
    """A gallery, or nothing where the subject does not give its images.

    Args:
        subject: Model whose units are shown.
        cases: All cases.
        shown: Units.
        title: What the pictures are, in plain words.
    """
    if not isinstance(subject, ShowsImages) or not isinstance(subject, ShowsLevels):
        return []
    pictures: list[tuple[str, np.ndarray]] = []
    overlays: list[np.ndarray | None] = []
    read: dict[int, tuple[Mapping[str, Tensor], Mapping[str, Sequence[Level]]]] = {}
    for one in shown:
        for row in one.rows:
            if row not in read:
                case = cases.take([row])
                read[row] = subject.images(case), subject.levels(case)
            found = _picture(*read[row], one)
            if found is not None:
                pictures.append((f"{one.concept}: {one.place[0]}, {one.place[1]}, unit {one.unit}", found[0]))
                overlays.append(found[1])
    return [Gallery(title, pictures, overlays)] if pictures else []


def _picture(
    images: Mapping[str, Tensor], levels: Mapping[str, Sequence[Level]], one: ShownUnit
) -> tuple[np.ndarray, np.ndarray] | None:
    branch, name = one.place
    image = images.get(branch)
    level = next(level for level in levels[branch] if level.name == name)
    if image is None or level.grid is None or image.ndim < 4:
        return None
    response = level.values[0, :, one.unit].detach().float().reshape(1, 1, *level.grid)
    sides = image.shape[2:]
    if len(sides) != len(level.grid):
        return None
    stretched = as_slices(functional.interpolate(response, size=tuple(sides), mode="nearest")[0, 0].cpu().numpy())
    plane = int(stretched.max(axis=(1, 2)).argmax())
    return grey_slices(image[0])[plane], _strong(stretched[plane])


def _strong(values: Float[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """The upper half of a map's range, so that what is laid over the image is where the unit responds."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros_like(values)
    return np.asarray(np.clip(2 * (values - low) / (high - low) - 1, 0, 1))
