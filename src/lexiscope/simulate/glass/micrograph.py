"""`take_micrograph`: a planned figure as pixels, and what is to be seen in them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.simulate.glass.bar import Bar, draw_bar
from lexiscope.simulate.glass.bubbles import add_bubbles
from lexiscope.simulate.glass.cracks import add_cracks
from lexiscope.simulate.glass.crystals import add_crystals
from lexiscope.simulate.glass.phases import add_phases
from lexiscope.simulate.glass.plan import BUBBLES, CRACKS, CRYSTALS, PHASES, Figure
from lexiscope.simulate.glass.surface import Map, bare_surface, cut_off, seen_by_detector
from lexiscope.simulate.glass.visibility import Visibility

_ADD: dict[
    str, Callable[[Map, np.random.Generator], tuple[Map, Visibility]]
] = {  # the later ones cut through the others
    PHASES: add_phases,
    CRYSTALS: add_crystals,
    BUBBLES: add_bubbles,
    CRACKS: add_cracks,
}


@dataclass(frozen=True, slots=True)
class Micrograph:
    """A picture, (y, x) grey, with what was painted of each defect that is there."""

    pixels: NDArray[np.uint8]
    seen: dict[str, Visibility]
    bar: Bar


def take_micrograph(figure: Figure, *, chance: np.random.Generator) -> Micrograph:
    """Make the surface, paint its defects, look at it and burn in the scale bar."""
    surface = bare_surface(chance, polished=figure.polished)
    seen: dict[str, Visibility] = {}
    for name, add in _ADD.items():
        if name in figure.defects:
            surface, seen[name] = add(surface, chance)
    pixels, bar = draw_bar(
        seen_by_detector(cut_off(surface, chance), chance), nm=figure.bar_nm, nm_per_px=figure.nm_per_px, chance=chance
    )
    return Micrograph(pixels, seen, bar)
