"""Plans of figures whose truth is chosen by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from lexiscope.simulate.glass.plan import SIZE, Conditions, Figure

CONDITIONS = Conditions(
    glass="soda-lime silicate",
    formula="74 SiO2 · 16 Na2O · 10 CaO",
    miscible=True,
    fining_h=0.5,
    cooling=200,
    hold_h=2,
    below_k=120,
    hold_c=600,
)


@pytest.fixture
def figure() -> Callable[..., Figure]:
    """Make the plan of a figure with these defects."""

    def make(*defects: str, nm_per_px: float = 20.0) -> Figure:
        return Figure(2, CONDITIONS, defects, nm_per_px, 100 * nm_per_px, polished=True)

    return make


@pytest.fixture
def flat() -> np.ndarray:
    """A surface on which nothing is."""
    return np.zeros(SIZE, np.float32)
