"""Charts of a result as plain data; `interpret.drawing` draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Lines:
    """Curves over named levels, with a band that chance would give.

    Args:
        levels: Names along the x axis.
        lines: Name -> a value for each level; None where there is none.
        intervals: Name -> (low, high) for each level, where known.
        null: (low, high) of what chance gives, for each level.
    """

    title: str
    y_label: str
    levels: Sequence[str]
    lines: Mapping[str, Sequence[float | None]]
    intervals: Mapping[str, Sequence[tuple[float, float] | None]] = field(default_factory=dict)
    null: Sequence[tuple[float, float]] | None = None


@dataclass(frozen=True)
class Heatmap:
    """A value for each pair of a row and a column.

    Args:
        values: `(rows, columns)`, NaN where there is none.
        limits: Ends of the colours; those of the values when None.
    """

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Float[np.ndarray, "r c"]
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Bars:
    """A bar with its interval for each name, and what chance gives.

    Args:
        values: Name -> height.
        intervals: Name -> (low, high), where known.
        null: Name -> what chance gives, where known.
    """

    title: str
    y_label: str
    values: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    null: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Waterfall:
    """How parts add up from one value to another.

    Args:
        start: Name and value that it starts from.
        parts: Name -> what it adds, in order.
        end: Name of where it ends.
    """

    title: str
    start: tuple[str, float]
    parts: Mapping[str, float]
    end: str


@dataclass(frozen=True)
class Gallery:
    """Pictures with captions.

    Args:
        pictures: Caption and `(y, x)` grey or `(y, x, 3)` colour values from 0 to 1, one after the other.
        overlays: For each picture `(y, x)` values from 0 to 1 laid over it in colour, or None.
    """

    title: str
    pictures: Sequence[tuple[str, np.ndarray]]
    overlays: Sequence[np.ndarray | None] = ()


@dataclass(frozen=True)
class Overlays:
    """Images slice by slice, each with maps over it; where nothing can be turned over, the slice that matters most.

    Args:
        images: Name -> `(z, y, x)` grey values from 0 to 1; a plane is one slice.
        maps: Name of a map -> name of an image -> `(z, y, x)` values from 0 to 1.
    """

    title: str
    images: Mapping[str, Float[np.ndarray, "z y x"]]
    maps: Mapping[str, Mapping[str, Float[np.ndarray, "z y x"]]]

    def strongest(self, name: str) -> int:
        """Slice of an image in which most of its first map lies."""
        first = next(found[name] for found in self.maps.values() if name in found)
        return int(first.sum(axis=(1, 2)).argmax())

    def gallery(self) -> Gallery:
        """Every map over its image, of each the slice in which most of the map lies."""
        shown = [
            (f"{name}: {of}", self.images[name], found[name], int(found[name].sum(axis=(1, 2)).argmax()))
            for name in self.images
            for of, found in self.maps.items()
            if name in found
        ]
        pictures = [(caption, image[at]) for caption, image, _, at in shown]
        return Gallery(self.title, pictures, [found[at] for _, _, found, at in shown])


@dataclass(frozen=True)
class Words:
    """A sentence whose words have weights.

    Args:
        words: Word and weight; negative ones speak against.
    """

    title: str
    words: Sequence[tuple[str, float]]


Chart: TypeAlias = Lines | Heatmap | Bars | Waterfall | Gallery | Overlays | Words
Row: TypeAlias = Mapping[str, Any]
