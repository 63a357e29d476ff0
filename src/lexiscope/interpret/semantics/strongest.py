"""`strongest_pictures`: the images that the best detectors respond to most, each with its map over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from torch.nn import functional

from lexiscope.interpret.charts import Chart, Gallery
from lexiscope.interpret.pooled import Place
from lexiscope.interpret.subject import Cases, Differentiates, ShowsLevels


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


def strongest_pictures(subject: Any, cases: Cases[Any], shown: Sequence[ShownUnit]) -> list[Chart]:
    """A gallery, or nothing where the subject does not give its images."""
    if not isinstance(subject, Differentiates) or not isinstance(subject, ShowsLevels):
        return []
    pictures: list[tuple[str, np.ndarray]] = []
    overlays: list[np.ndarray | None] = []
    for one in shown:
        for row in one.rows:
            found = _picture(subject, cases.take([row]), one)
            if found is not None:
                pictures.append((f"{one.concept}: {one.place[0]}, {one.place[1]}, unit {one.unit}", found[0]))
                overlays.append(found[1])
    return [Gallery("Images that the best detectors respond to most", pictures, overlays)] if pictures else []


def _picture(subject: Any, case: Cases[Any], one: ShownUnit) -> tuple[np.ndarray, np.ndarray] | None:
    branch, name = one.place
    image = subject.images(case).get(branch)
    level = next(level for level in subject.levels(case)[branch] if level.name == name)
    if image is None or level.grid is None or image.ndim < 4:
        return None
    response = level.values[0, :, one.unit].detach().float().reshape(1, 1, *level.grid)
    sides = image.shape[2:]
    if len(sides) != len(level.grid):
        return None
    stretched = functional.interpolate(response, size=tuple(sides), mode="nearest")[0, 0].cpu().numpy()
    grey = image[0].detach().float().mean(dim=0).cpu().numpy()
    if grey.ndim == 3:
        plane = int(stretched.max(axis=(1, 2)).argmax())
        grey, stretched = grey[plane], stretched[plane]
    return _scaled(grey), _strong(stretched)


def _scaled(values: Float[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    low, high = np.quantile(values, [0.01, 0.99])
    return np.asarray(np.clip((values - low) / max(float(high - low), 1e-9), 0, 1))


def _strong(values: Float[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """The upper half of a map's range, so that what is laid over the image is where the unit responds."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros_like(values)
    return np.asarray(np.clip(2 * (values - low) / (high - low) - 1, 0, 1))
