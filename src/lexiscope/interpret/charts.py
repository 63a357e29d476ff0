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
class Words:
    """A sentence whose words have weights.

    Args:
        words: Word and weight; negative ones speak against.
    """

    title: str
    words: Sequence[tuple[str, float]]


Chart: TypeAlias = Lines | Heatmap | Bars | Waterfall | Gallery | Words
Row: TypeAlias = Mapping[str, Any]
