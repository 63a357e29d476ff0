"""`VisibleDefect`: how much of a defect is in a micrograph."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisibleDefect:
    """Measures of one kind of defect in a micrograph.

    Args:
        count: Number of defects; 0 where they cannot be counted.
        size_px: Size of the largest in pixels: diameter of a bubble, length of a crack or crystal, wavelength of
            phases.
        shape: Shape in a word that texts may use.
        share: Share of the picture that they cover.
    """

    count: int
    size_px: float
    shape: str
    share: float
