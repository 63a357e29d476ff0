"""`render`: a planned picture as colour, depth and labels, pixel by pixel over each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Bool, Float, UInt8, UInt16

from lexiscope.simulate.scenes.plan import SIDE, VALUES, Thing

_COLOURS = {"green": (70, 150, 80), "red": (175, 75, 75), "blue": (75, 85, 175)}
_TEXTURE = 45  # grey levels by which a stain's checks leave the colour of the floor
_CHECK = 2  # pixels
_COLOUR_NOISE, _DEPTH_NOISE = 7.0, 3.0  # grey levels, mm


@dataclass(frozen=True, slots=True)
class Floor:
    """Floor, light and camera of a scene.

    Args:
        colour: Red, green and blue from 0 to 255.
        light: Gain of the brightness along (y, x), from one side to the other.
        distance: Distance between camera and floor in mm.
        tilt: Change of the distance along (y, x) in mm, from one side to the other.
    """

    colour: tuple[float, float, float]
    light: tuple[float, float]
    distance: float
    tilt: tuple[float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """A floor at random, between grey and brown."""
        grey = rng.uniform(105, 145)
        tint = rng.uniform(0, 18)
        y, x, down, right = rng.uniform(-1, 1, 4)
        return cls(
            (grey + tint, grey, grey - tint), (0.12 * y, 0.12 * x), float(rng.uniform(900, 1100)), (6 * down, 6 * right)
        )


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture.

    Args:
        colour: (y, x, 3), red, green and blue.
        depth: (y, x), distance from the camera in mm.
        labels: (y, x), values as in `plan.VALUES`, 0 where the floor is.
    """

    colour: UInt8[np.ndarray, "y x 3"]
    depth: UInt16[np.ndarray, "y x"]
    labels: UInt8[np.ndarray, "y x"]


def render(things: Sequence[Thing], floor: Floor, *, rng: np.random.Generator) -> Rendered:
    """Colour and depth by a camera that looks straight down. No shadows: height leaves no trace in colour.

    Args:
        things: Objects, which do not touch each other.
        floor: Floor of the scene.
        rng: Source of the noise.
    """
    y, x = np.mgrid[:SIDE, :SIDE]
    across = np.stack([y, x]) / (SIDE - 1) - 0.5  # (2, y, x)
    colour = np.broadcast_to(np.array(floor.colour), (SIDE, SIDE, 3)).copy()
    distance = floor.distance + np.tensordot(floor.tilt, across, axes=1)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for thing in things:
        inside = _inside(thing, y, x)
        colour[inside] = _surface(thing, floor, y, x)[inside]
        distance -= thing.height * inside
        labels[inside] = VALUES[thing.name]
    lit = colour * (1 + np.tensordot(floor.light, across, axes=1))[..., None]
    lit += rng.normal(0, _COLOUR_NOISE, lit.shape)
    measured = distance + rng.normal(0, _DEPTH_NOISE, distance.shape)
    return Rendered(lit.round().clip(0, 255).astype(np.uint8), measured.round().astype(np.uint16), labels)


def _surface(thing: Thing, floor: Floor, y: np.ndarray, x: np.ndarray) -> Float[np.ndarray, "y x 3"]:
    base = np.array(_COLOURS.get(thing.colour, floor.colour), dtype=float)
    checks = 1 - 2 * ((y // _CHECK + x // _CHECK) % 2) if thing.colour == "texture" else np.zeros_like(y)
    return base + _TEXTURE * checks[..., None]


def _inside(thing: Thing, y: np.ndarray, x: np.ndarray) -> Bool[np.ndarray, "y x"]:
    down, right = abs(y - thing.centre[0]), abs(x - thing.centre[1])
    if thing.shape == "disc":
        return np.hypot(down, right) <= thing.radius
    if thing.shape == "diamond":
        return down + right <= 1.2 * thing.radius
    return np.maximum(down, right) <= 0.9 * thing.radius
