"""`measure_region`: what can be measured of a region, as numbers and as the words of a radiologist or microscopist."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

from lexiscope.language.instructions.appearance import places
from lexiscope.language.instructions.region import Region
from lexiscope.language.instructions.standardised import Standardised
from lexiscope.language.instructions.studied_case import contrast_of, ring_around

_MIDLINE = 0.06  # of the body's width around its middle
_EQUAL, _MARKED = 0.25, 1.0  # interquartile ranges: as bright as around it; far brighter
_ASYMMETRIC = 0.5  # interquartile ranges between a region and its mirrored place
_HETEROGENEOUS = 1.0  # spread inside against that around it
_SHARP = 0.7  # share of the contrast that falls within a voxel on each side of the border
_MUCH = 0.25  # of a region in a third that it is said to reach into
_WIDE = 0.15  # share of a scattered region in each third that it is spread over
_OUTLINE = 0.01  # of the voxels at either end of a region, left out of its length


@dataclass(frozen=True, slots=True)
class Place:
    """Where a region lies: thirds from 0 to 2 along z, y and x, and the side.

    Args:
        thirds: Third of the body's box (z, y, x) that its centre lies in, 0 the low one.
        reach: First and last third (z, y, x) that hold much of it.
        side: "left", "right" or "midline" of the patient; None without patient axes, or where the picture is cut out of
            the body so that nobody sees its middle.
        throughout: True for pieces in all parts of a picture.
        oriented: True where these axes are the patient's: head, front, right.
    """

    thirds: tuple[int, int, int]
    reach: tuple[tuple[int, int], ...]
    side: str | None
    throughout: bool = False
    oriented: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """Size of a region.

    Args:
        lengths: Extent along z, y and x in `unit`, or in shares of the picture where the spacing is unknown.
        amount: Volume or area in `unit` cubed or squared; None where the spacing is unknown.
        share: Share of the picture or volume.
        pieces: Number of separate pieces.
        piece: Diameter of the median piece in `unit`, or in shares of the picture's width.
        unit: "mm" or "nm"; None where the spacing is unknown.
    """

    lengths: tuple[float, float, float]
    amount: float | None
    share: float
    pieces: int
    piece: float
    unit: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """How a region looks in one modality, as keys of the word file.

    Args:
        intensity: "very_dark", "dark", "equal", "bright" or "very_bright" against its surroundings.
        texture: "homogeneous" or "heterogeneous".
        border: "sharp" or "blurred".
        mirror: "brighter" or "darker" than the mirrored place; "same"; None where nothing mirrors it.
    """

    intensity: str
    texture: str
    border: str
    mirror: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was measured of a region.

    Args:
        place: Where it lies.
        size: How large it is.
        looks: Modality -> how it looks there.
    """

    place: Place
    size: Size
    looks: Mapping[str, Look]


def measure_region(images: Standardised, region: Region, *, scattered: bool = False) -> Findings:
    """Measure a region in every modality.

    Args:
        images: The images it was found in.
        region: The region.
        scattered: True for a structure of many pieces.
    """
    voxels = region.voxels
    place = place_of(images, voxels, scattered=scattered)
    ring = ring_around(voxels, images)
    looks = {name: _look(images, values, voxels, ring, place) for name, values in images.values.items()}
    return Findings(place, size_of(images, voxels, region.pieces), looks)


def place_of(images: Standardised, voxels: Bool[np.ndarray, "z y x"], *, scattered: bool = False) -> Place:
    """Where a region lies in the box around the body.

    Args:
        images: The images.
        voxels: The region.
        scattered: True for a structure of many pieces.
    """
    z, y, x = places(images)
    centre = [float(axis[voxels].mean()) for axis in (z, y, x)]
    shares = [np.bincount((axis[voxels] * 3).astype(int), minlength=3) / voxels.sum() for axis in (z, y, x)]
    held = [np.flatnonzero(share >= _MUCH) for share in shares]
    side = None
    if images.in_patient_axes and not images.body.all():
        side = "midline" if abs(centre[2] - 0.5) < _MIDLINE else "right" if centre[2] > 0.5 else "left"
    return Place(
        (_third(centre[0]), _third(centre[1]), _third(centre[2])),
        tuple((int(thirds.min()), int(thirds.max())) for thirds in held),
        side,
        throughout=scattered and all(share.min() >= _WIDE for share in shares[1:]),
        oriented=images.in_patient_axes,
    )


def size_of(images: Standardised, voxels: Bool[np.ndarray, "z y x"], pieces: int) -> Size:
    """How large a region is; outliers at its ends do not stretch it.

    Args:
        images: The images.
        voxels: The region.
        pieces: Number of its pieces.
    """
    spacing = images.spacing or tuple(1 / size for size in voxels.shape)
    ends = [np.quantile(at, [_OUTLINE / 2, 1 - _OUTLINE / 2]) for at in np.nonzero(voxels)]
    lengths = [float((high - low + 1) * step) for (low, high), step in zip(ends, spacing, strict=True)]
    labels, count = ndimage.label(voxels)
    typical = float(np.median(np.bincount(labels.ravel())[1:])) if count else 0.0
    planar = typical / (voxels.shape[0] if images.is_volume else 1)
    volume = float(voxels.sum()) * math.prod(spacing if images.is_volume else spacing[1:])
    return Size(
        (lengths[0], lengths[1], lengths[2]),
        None if images.spacing is None else volume,
        float(voxels.mean()),
        pieces,
        2 * math.sqrt(planar / math.pi) * spacing[2],
        images.unit,
    )


def _third(place: float) -> int:
    return min(2, int(place * 3))


def _look(
    images: Standardised,
    values: Float32[np.ndarray, "z y x"],
    voxels: Bool[np.ndarray, "z y x"],
    ring: Bool[np.ndarray, "z y x"],
    place: Place,
) -> Look:
    contrast = contrast_of(values, voxels, ring)
    spread = float(values[voxels].std())
    around = float(values[ring].std()) if ring.any() else spread
    return Look(
        intensity_word(contrast),
        "heterogeneous" if spread > _HETEROGENEOUS * max(around, 1e-6) else "homogeneous",
        "sharp" if _step(values, voxels, images.body) > _SHARP * abs(contrast) else "blurred",
        _mirror(images, values, voxels, place),
    )


def intensity_word(contrast: float) -> str:
    """Key of the word for how bright something is.

    Args:
        contrast: How much brighter than its surroundings, in interquartile ranges of the body.

    Example:
        >>> intensity_word(0.1), intensity_word(-2.0)
        ('equal', 'very_dark')
    """
    if abs(contrast) < _EQUAL:
        return "equal"
    word = "bright" if contrast > 0 else "dark"
    return f"very_{word}" if abs(contrast) > _MARKED else word


def _step(
    values: Float32[np.ndarray, "z y x"], voxels: Bool[np.ndarray, "z y x"], body: Bool[np.ndarray, "z y x"]
) -> float:
    """Difference of brightness between the voxels just inside the border and those just outside it."""
    flat = np.zeros((3, 3, 3), bool)
    flat[1] = ndimage.generate_binary_structure(2, 1)
    inner, outer = (
        voxels & ~ndimage.binary_erosion(voxels, flat),
        ndimage.binary_dilation(voxels, flat) & ~voxels & body,
    )
    return abs(float(values[inner].mean() - values[outer].mean())) if outer.any() else 0.0


def _mirror(
    images: Standardised, values: Float32[np.ndarray, "z y x"], voxels: Bool[np.ndarray, "z y x"], place: Place
) -> str | None:
    if place.side in (None, "midline") or not images.is_volume:
        return None
    difference = float((values - images.mirrored(values))[voxels].mean())
    if abs(difference) < _ASYMMETRIC:
        return "same"
    return "brighter" if difference > 0 else "darker"
