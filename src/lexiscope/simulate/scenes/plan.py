"""`Picture`: what stands where in one picture of a scene, drawn before any pixel is made."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

Name: TypeAlias = Literal["stain", "mound", "block", "token", "decoy"]
Cooperation: TypeAlias = Literal["special to colour", "special to depth", "consistent", "synergistic"]

SIDE = 64  # pixels of a picture
PICTURES = 4  # of a scene
VALUES: dict[Name, int] = {"stain": 1, "mound": 2, "block": 3, "token": 4, "decoy": 5}  # in label images
PLANTED: dict[Name, Cooperation] = {
    "stain": "special to colour",
    "mound": "special to depth",
    "block": "consistent",
    "token": "synergistic",
}

_CELLS = 3  # along each side, each with one object at most
_ALONE: tuple[Name, ...] = ("stain", "mound", "block")  # one of each in a picture at most
_RATE = 0.8  # probability that a picture has a class
_PLATES = 4  # tokens and decoys of a picture together, one token at most
_RADII = (5.0, 7.5)  # pixels
_SHIFT = 1.5  # pixels from the middle of the cell, at most
_SHAPES = ("disc", "square", "diamond")
_SPLITS = ("train", "train", "train", "train", "val", "test")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object on the floor of a scene.

    Args:
        name: Its class; "decoy" for a plate that is no token.
        colour: "floor", "texture", "green", "red" or "blue".
        height: Height above the floor in mm.
        shape: "disc", "square" or "diamond".
        centre: (y, x) in pixels.
        radius: Half of its width in pixels.
    """

    name: Name
    colour: str
    height: float
    shape: str
    centre: tuple[float, float]
    radius: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A place with a floor and a light of its own, photographed several times with other objects on it.

    Args:
        seed: Seed of the whole folder.
        index: Number of the scene.
    """

    seed: int
    index: int

    @property
    def id(self) -> str:
        """Identifier such as "scene-0-00007": the seed, then the number.

        Example:
            >>> Scene(0, 7).id
            'scene-0-00007'
        """
        return f"scene-{self.seed}-{self.index:05d}"

    @property
    def split(self) -> str:
        """Four scenes of six in a row are for training, one is for validation, one for testing."""
        return _SPLITS[self.index % len(_SPLITS)]

    def rng(self, *purpose: int) -> np.random.Generator:
        """Random generator of one purpose in this scene, whatever the number of scenes."""
        return np.random.default_rng([self.seed, self.index, *purpose])


def plan_picture(rng: np.random.Generator) -> tuple[Thing, ...]:
    """Objects of one picture.

    Example:
        >>> names = [thing.name for thing in plan_picture(np.random.default_rng(0))]
        >>> names.count("token") + names.count("decoy")
        4
    """
    names = [name for name in _ALONE if rng.random() < _RATE]
    tokens = int(rng.random() < _RATE)
    plates: list[Name] = ["token" if number < tokens else "decoy" for number in range(_PLATES)]
    names += plates
    cells = rng.permutation(_CELLS**2)[: len(names)]
    return tuple(_thing(name, int(cell), rng) for name, cell in zip(names, cells, strict=True))


def _thing(name: Name, cell: int, rng: np.random.Generator) -> Thing:
    colour, height = _look(name, red=bool(rng.random() < 0.5))
    side = SIDE / _CELLS
    y, x = (np.array(divmod(cell, _CELLS)) + 0.5) * side + rng.uniform(-_SHIFT, _SHIFT, 2)
    return Thing(name, colour, height, str(rng.choice(_SHAPES)), (float(y), float(x)), float(rng.uniform(*_RADII)))


def _look(name: Name, *, red: bool) -> tuple[str, float]:
    """Colour, and height in mm."""
    if name == "stain":
        return "texture", 0.0
    if name == "mound":
        return "floor", 90.0
    if name == "block":
        return "green", 130.0
    low = red if name == "token" else not red
    return "red" if red else "blue", 25.0 if low else 55.0
