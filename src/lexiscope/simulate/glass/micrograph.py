"""`render_micrograph`: a planned figure as pixels, and the defects that are visible in them."""

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
from lexiscope.simulate.glass.surface import BrightnessMap, bare_surface, detector_image, with_specimen_edge
from lexiscope.simulate.glass.visible_defect import VisibleDefect

_ADD: dict[
    str, Callable[[BrightnessMap, np.random.Generator], tuple[BrightnessMap, VisibleDefect]]
] = {  # the later ones cut through the others
    PHASES: add_phases,
    CRYSTALS: add_crystals,
    BUBBLES: add_bubbles,
    CRACKS: add_cracks,
}


@dataclass(frozen=True, slots=True)
class Micrograph:
    """Electron micrograph with its truth.

    Args:
        pixels: (y, x) grey picture.
        defects: Name of a defect -> what of it is visible; absent defects are missing.
        bar: Scale bar.
    """

    pixels: NDArray[np.uint8]
    defects: dict[str, VisibleDefect]
    bar: Bar


def render_micrograph(figure: Figure, *, rng: np.random.Generator) -> Micrograph:
    """Make the surface, add its defects, record it with a detector and burn in the scale bar.

    Args:
        figure: Plan of the figure.
        rng: Source of everything that the plan leaves open.
    """
    surface = bare_surface(rng, polished=figure.polished)
    defects: dict[str, VisibleDefect] = {}
    for name, add in _ADD.items():
        if name in figure.defects:
            surface, defects[name] = add(surface, rng)
    pixels, bar = draw_bar(
        detector_image(with_specimen_edge(surface, rng), rng), nm=figure.bar_nm, nm_per_px=figure.nm_per_px, rng=rng
    )
    return Micrograph(pixels, defects, bar)
