"""`Paper` and `Figure`: the truth of a simulated paper on glass, drawn before any pixel or word is made.

How a glass was made decides what is visible in it, though never for certain: a short fining leaves bubbles, a quench
cracks the glass, a long hold near the crystallisation peak grows crystals, and a melt inside a miscibility gap
separates into phases. Own definition, of the direction of these effects and not of their size.
"""

from dataclasses import dataclass

import numpy as np

BUBBLES, CRACKS, CRYSTALS, PHASES = DEFECTS = ("bubbles", "cracks", "crystals", "phase separation")
SIZE = (320, 384)  # (y, x) pixels of a figure

_FAVOURED = 0.45  # probability of conditions that favour a defect
_FAVOURED_RATE, _STRAY_RATE = 0.85, 0.12  # probability of a defect under conditions that favour it, and under others
_MAX_DEFECTS = 3  # defects in a figure
_FIGURES = (3, 7)  # from, and up to but without
_MISCIBLE = (
    ("soda-lime silicate", "74 SiO2 · 16 Na2O · 10 CaO"),
    ("alkali aluminosilicate", "64 SiO2 · 16 Al2O3 · 20 Na2O"),
    ("lead silicate", "60 SiO2 · 40 PbO"),
    ("zinc phosphate", "50 P2O5 · 50 ZnO"),
    ("lanthanum borate", "75 B2O3 · 25 La2O3"),
    ("calcium aluminosilicate", "60 SiO2 · 15 Al2O3 · 25 CaO"),
)
_IMMISCIBLE = (
    ("sodium borosilicate", "70 SiO2 · 23 B2O3 · 7 Na2O"),
    ("lithium silicate", "82 SiO2 · 18 Li2O"),
    ("barium silicate", "90 SiO2 · 10 BaO"),
    ("calcium borosilicate", "55 SiO2 · 35 B2O3 · 10 CaO"),
    ("high-silica sodium silicate", "88 SiO2 · 12 Na2O"),
    ("lead borate", "90 B2O3 · 10 PbO"),
)
_BARS = (200.0, 500.0, 1e3, 2e3, 5e3, 10e3, 20e3, 50e3, 100e3)  # nm


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions under which a glass was made.

    Args:
        glass: Family of the glass, such as "soda-lime silicate".
        formula: Composition in mol%.
        miscible: Whether the melt stays one phase when it is cooled.
        fining_h: Hours for which the melt was left for its gas to leave.
        cooling: Cooling rate in kelvin a minute.
        hold_h: Hours of the heat treatment.
        below_k: Kelvin between the heat treatment and the crystallisation peak.
        hold_c: Temperature of the heat treatment in degrees Celsius.
    """

    glass: str
    formula: str
    miscible: bool
    fining_h: float
    cooling: int
    hold_h: float
    below_k: int
    hold_c: int

    @property
    def favours(self) -> dict[str, bool]:
        """Defect -> whether these conditions lead to it."""
        return {
            BUBBLES: self.fining_h < 2,
            CRACKS: self.cooling > 50,
            CRYSTALS: self.hold_h > 6 and self.below_k < 60,
            PHASES: not self.miscible,
        }


@dataclass(frozen=True, slots=True)
class Figure:
    """Plan of one micrograph.

    Args:
        number: Number of the figure in its paper.
        conditions: Conditions under which its glass was made.
        defects: Names of the defects that it shows.
        nm_per_px: Length of a pixel in nanometres.
        bar_nm: Length that its scale bar stands for, in nanometres.
        polished: Whether the surface is polished; else it is fractured.
    """

    number: int
    conditions: Conditions
    defects: tuple[str, ...]
    nm_per_px: float
    bar_nm: float
    polished: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """Plan of one paper.

    Args:
        index: Number of the paper in its library.
        seed: Seed of the library.
        figures: Plans of its micrographs.

    Example:
        >>> plan_paper(7, seed=0).id
        'glass-0-00007'
    """

    index: int
    seed: int
    figures: tuple[Figure, ...]

    @property
    def id(self) -> str:
        """Identifier of the paper, such as "glass-0-00007": the seed, then the number."""
        return f"glass-{self.seed}-{self.index:05d}"

    def rng(self, purpose: int, figure: int = 0) -> np.random.Generator:
        """Random generator of one purpose in this paper.

        Args:
            purpose: Number of the purpose, so that one purpose does not change another.
            figure: Number of the figure; 0 for the whole paper.
        """
        return np.random.default_rng([self.seed, self.index, purpose, figure])


def plan_paper(index: int, *, seed: int) -> Paper:
    """Draw a paper by itself: no other paper of its library is needed.

    Args:
        index: Number of the paper.
        seed: Seed of the library.

    Example:
        >>> plan_paper(3, seed=1) == plan_paper(3, seed=1) != plan_paper(3, seed=2)
        True
    """
    rng = np.random.default_rng([seed, index])
    numbers = range(1, int(rng.integers(*_FIGURES)) + 1)
    return Paper(index, seed, tuple(_figure(number, rng) for number in numbers))


def _figure(number: int, rng: np.random.Generator) -> Figure:
    conditions = _conditions(rng)
    defects = [
        name
        for name, likely in conditions.favours.items()
        if rng.random() < (_FAVOURED_RATE if likely else _STRAY_RATE)
    ]
    if len(defects) > _MAX_DEFECTS:
        defects.pop(int(rng.integers(len(defects))))
    bar_nm = float(rng.choice(_BARS))
    bar_px = float(rng.uniform(42, 150))
    return Figure(number, conditions, tuple(defects), bar_nm / bar_px, bar_nm, polished=bool(rng.random() < 0.5))


def _conditions(rng: np.random.Generator) -> Conditions:
    bubbles, cracks, crystals, phases = rng.random(4) < _FAVOURED
    glass, formula = (_IMMISCIBLE if phases else _MISCIBLE)[int(rng.integers(6))]
    return Conditions(
        glass=glass,
        formula=formula,
        miscible=not phases,
        fining_h=float(rng.choice((0.2, 0.3, 0.5, 0.7, 1.0) if bubbles else (3, 4, 6, 8, 12))),
        cooling=int(rng.choice((120, 200, 300, 500, 1000) if cracks else (1, 2, 3, 5, 10))),
        hold_h=float(rng.choice((10, 16, 24, 36, 48) if crystals else (0.5, 1, 2, 3, 4))),
        below_k=int(rng.choice((5, 10, 15, 20, 30) if crystals else (90, 120, 140, 160, 200))),
        hold_c=10 * int(rng.integers(52, 84)),
    )
