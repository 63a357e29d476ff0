"""`insert_lesion`: the effect of each kind of lesion on tissue; its brightness follows from the signal equations."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lexiscope.simulate.brain.template import SPACING
from lexiscope.simulate.brain.visit import Lesion

_SOFT = 1.0  # mm over which a border fades
_ROUGHNESS = 0.18
_REACH = 2.5  # radii that a stretched and rough border can come to


@dataclass(frozen=True, slots=True)
class InsertedLesion:
    """Lesion as it came to lie.

    Args:
        box: Part of the volume that can hold it.
        lesion: (z, y, x) share of each voxel of the box that the lesion takes.
        oedema: (z, y, x) share of each voxel of the box that its oedema takes.
    """

    box: tuple[slice, slice, slice]
    lesion: np.ndarray
    oedema: np.ndarray

    @property
    def size_mm(self) -> float:
        """Diameter of a ball of the lesion's volume, oedema not counted."""
        volume = float(self.lesion.sum()) * float(np.prod(SPACING))
        return float((6 * volume / np.pi) ** (1 / 3))


def displace_tissue(world: np.ndarray, lesions: Iterable[Lesion]) -> np.ndarray:
    """Template positions after the mass effect: tissue around a mass is moved outwards.

    Positions around a mass ask for anatomy nearer to its centre.

    Args:
        world: (3, z, y, x) template positions of a volume's voxels.
        lesions: Lesions of the visit; only masses displace tissue.
    """
    moved = world
    for lesion in lesions:
        if lesion.kind != "mass with oedema":
            continue
        away = world - np.array(lesion.centre, np.float32)[:, None, None, None]
        squared = np.square(away).sum(axis=0)
        moved = moved - np.float32(0.45) * away * np.exp(-squared / np.float32(2 * (1.1 * lesion.radius) ** 2))
    return moved


def insert_lesion(
    shares: dict[str, np.ndarray], lesion: Lesion, *, world: np.ndarray, rough: np.ndarray
) -> InsertedLesion:
    """Replace brain tissue by the lesion's tissues, in place.

    Args:
        shares: Tissue -> (z, y, x) share; lesion tissues are added as they occur.
        lesion: Lesion as planned.
        world: (3, z, y, x) template positions.
        rough: (z, y, x) field of unit variance that makes the border uneven.
    """
    box = _box(lesion, world)
    away = world[(slice(None), *box)] - np.array(lesion.centre, np.float32)[:, None, None, None]
    away /= np.array(lesion.stretch, np.float32)[:, None, None, None]
    distance = np.sqrt(np.square(away).sum(axis=0)) * np.exp(_ROUGHNESS * rough[box])
    match lesion.kind:
        case "mass with oedema":
            oedema = _replace(
                shares, box, "oedema", _ball(distance, lesion.radius + lesion.halo, soft=2.0), spread=True
            )
            core = _replace(shares, box, "tumour", _ball(distance, lesion.radius))
            _replace(shares, box, "necrosis", _ball(distance, 0.55 * lesion.radius))
            return InsertedLesion(box, core, np.minimum(oedema, 1 - core))
        case "old infarct" | "lacune":
            whole = _replace(shares, box, "scar", _ball(distance, lesion.radius))
            _replace(shares, box, "fluid", _ball(distance, 0.75 * lesion.radius))
        case _:
            whole = _replace(shares, box, "plaque", _ball(distance, lesion.radius))
    return InsertedLesion(box, whole, np.zeros_like(whole))


# Tissue that a lesion may take; fluid, bone and fat stay what they are.
_BRAIN = ("grey", "white", "oedema", "tumour", "scar", "plaque")


def _replace(
    shares: dict[str, np.ndarray],
    box: tuple[slice, slice, slice],
    tissue: str,
    weight: np.ndarray,
    *,
    spread: bool = False,
) -> np.ndarray:
    """Turn a share of the brain tissue in a box into `tissue`; oedema spreads through white matter and spares grey."""
    taken = np.zeros_like(weight)
    for name in [name for name in _BRAIN if name in shares and name != tissue]:
        part = shares[name][box] * weight * np.float32(0.25 if spread and name == "grey" else 1.0)
        shares[name][box] -= part
        taken += part
    if tissue not in shares:
        shares[tissue] = np.zeros_like(shares["white"])
    shares[tissue][box] += taken
    return taken


def _ball(distance: np.ndarray, radius: float, *, soft: float = _SOFT) -> np.ndarray:
    ball: np.ndarray = np.clip((np.float32(radius) - distance) / np.float32(2 * soft) + 0.5, 0, 1)
    return ball


def _box(lesion: Lesion, world: np.ndarray) -> tuple[slice, slice, slice]:
    """The part of the volume that can hold the lesion, found on the positions themselves."""
    reach = _REACH * (lesion.radius + lesion.halo) + _SOFT
    inside = np.ones(world.shape[1:], dtype=bool)
    for axis, centre in zip(world, lesion.centre, strict=True):
        inside &= abs(axis - np.float32(centre)) < reach
    spans = []
    for axis in range(3):
        hit = np.flatnonzero(inside.any(axis=tuple(other for other in range(3) if other != axis)))
        spans.append(slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(0, 1))
    return spans[0], spans[1], spans[2]
