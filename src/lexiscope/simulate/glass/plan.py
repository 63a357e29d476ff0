"""`Paper` and `Figure`: what is true about a simulated paper on glass, drawn before any pixel or word is made.

How a glass was made decides what is seen in it, though never for certain: a short fining leaves bubbles, a quench
cracks the glass, a long hold near the crystallisation peak grows crystals, and a melt inside a miscibility gap
separates into phases. Own definition, of the direction of these effects and not of their size.
"""

from dataclasses import dataclass

import numpy as np

BUBBLES, CRACKS, CRYSTALS, PHASES = DEFECTS = ("bubbles", "cracks", "crystals", "phase separation")
SIZE = (320, 384)  # (y, x) pixels of a figure

_FAVOURED = 0.45  # chance of conditions that favour a defect
_THERE, _STRAY = 0.85, 0.12  # chance of a defect under conditions that favour it, and under others
_MOST = 3  # defects in a figure
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
    """How a glass was made.

    Args:
        glass: Its family, such as "soda-lime silicate".
        formula: In mol%.
        miscible: Whether the melt stays one phase when it is cooled.
        fining_h: Hours for which the melt was left for its gas to leave.
        cooling: Kelvin a minute.
        hold_h: Hours of the heat treatment.
        below_k: Kelvin between it and the crystallisation peak.
        hold_c: Its temperature in degrees Celsius.
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
    """One micrograph. `nm_per_px` is the length of a pixel, `bar_nm` what its scale bar stands for."""

    number: int
    conditions: Conditions
    defects: tuple[str, ...]
    nm_per_px: float
    bar_nm: float
    polished: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper."""

    index: int
    seed: int
    figures: tuple[Figure, ...]

    @property
    def id(self) -> str:
        """Such as "glass-0-00007": the seed, then the paper."""
        return f"glass-{self.seed}-{self.index:05d}"

    def chance(self, purpose: int, figure: int = 0) -> np.random.Generator:
        """The only source of chance of one purpose in this paper."""
        return np.random.default_rng([self.seed, self.index, purpose, figure])


def plan_paper(index: int, *, seed: int) -> Paper:
    """Draw paper `index` of the library of `seed`, by itself: no other paper is needed."""
    chance = np.random.default_rng([seed, index])
    numbers = range(1, int(chance.integers(*_FIGURES)) + 1)
    return Paper(index, seed, tuple(_figure(number, chance) for number in numbers))


def _figure(number: int, chance: np.random.Generator) -> Figure:
    conditions = _conditions(chance)
    found = [name for name, likely in conditions.favours.items() if chance.random() < (_THERE if likely else _STRAY)]
    if len(found) > _MOST:
        found.pop(int(chance.integers(len(found))))
    bar_nm = float(chance.choice(_BARS))
    bar_px = float(chance.uniform(42, 150))
    return Figure(number, conditions, tuple(found), bar_nm / bar_px, bar_nm, polished=bool(chance.random() < 0.5))


def _conditions(chance: np.random.Generator) -> Conditions:
    bubbles, cracks, crystals, phases = chance.random(4) < _FAVOURED
    glass, formula = (_IMMISCIBLE if phases else _MISCIBLE)[int(chance.integers(6))]
    return Conditions(
        glass=glass,
        formula=formula,
        miscible=not phases,
        fining_h=float(chance.choice((0.2, 0.3, 0.5, 0.7, 1.0) if bubbles else (3, 4, 6, 8, 12))),
        cooling=int(chance.choice((120, 200, 300, 500, 1000) if cracks else (1, 2, 3, 5, 10))),
        hold_h=float(chance.choice((10, 16, 24, 36, 48) if crystals else (0.5, 1, 2, 3, 4))),
        below_k=int(chance.choice((5, 10, 15, 20, 30) if crystals else (90, 120, 140, 160, 200))),
        hold_c=10 * int(chance.integers(52, 84)),
    )
