"""`cited_region`: where in a cited case lies what a statement about it names, by the case's own mask of it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int

from lexiscope.core.case import Case
from lexiscope.core.errors import LexiscopeError
from lexiscope.corpus import Corpus
from lexiscope.corpus.wording import normalise
from lexiscope.language.instructions.paraphrases import names_of
from lexiscope.sources.pixels import read_pixels
from lexiscope.tasks.segment.pointing import connected_parts
from lexiscope.views.stored_grid import StoredGrid

_KEPT = 4096  # masks whose boxes are kept


@dataclass(frozen=True, slots=True)
class CitedRegion:
    """A region that somebody outlined.

    Args:
        structure: Name of the mask.
        box: (z0, y0, x0, z1, y1, x1), of planes (y0, x0, y1, x1), in pixels of the mask's file, half open: around the
            largest connected part of the mask.
    """

    structure: str
    box: tuple[int, ...]


def cited_region(corpus: Corpus, case: Case, text: str) -> CitedRegion | None:
    """The region of the structure that a text names, where somebody outlined it.

    Only masks of the case itself say where something is; what nobody outlined has no region.

    Args:
        corpus: Corpus that holds the case.
        case: The case that the text is about.
        text: What was said about it.
    """
    said = f" {normalise(text)} "
    named = {
        name: max((len(one) for one in map(normalise, names_of(name)) if _is_said(one, said)), default=0)
        for name, mask in case.masks.items()
        if mask.marked
    }
    longest = max(named, key=lambda name: (named[name], name), default=None)  # "lung lesion" is no "lung"
    if longest is None or not named[longest]:
        return None
    try:
        return CitedRegion(longest, _box_of_largest_part(corpus.object_path(case.masks[longest])))
    except LexiscopeError:
        return None  # the file is gone or damaged; what was said holds all the same


def _is_said(name: str, said: str) -> bool:
    return f" {name} " in said or f" {name}s " in said


@lru_cache(maxsize=_KEPT)  # a file of a corpus never changes
def _box_of_largest_part(path: Path) -> tuple[int, ...]:
    shown = read_pixels(path)[0] > 0
    marked = StoredGrid.of(path).in_file_order(shown if shown.ndim == 3 else shown[None])
    low, high = _ends(marked)
    parts = connected_parts(marked[tuple(map(slice, low, high))])
    first, last = _ends(parts == np.bincount(parts[parts > 0]).argmax())
    axes = slice(3 - shown.ndim, None)
    return (*(low + first)[axes].tolist(), *(low + last)[axes].tolist())


def _ends(marked: Bool[np.ndarray, "z y x"]) -> tuple[Int[np.ndarray, "3"], Int[np.ndarray, "3"]]:
    """First places along each axis where something is marked, and those behind the last."""
    along = [np.flatnonzero(marked.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    return np.array([places[0] for places in along]), np.array([places[-1] + 1 for places in along])
