"""`Visibility`: how much of a defect is in a micrograph."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visibility:
    """What was painted of one defect.

    Args:
        count: How many; 0 where they cannot be counted.
        size_px: Of the largest: diameter of a bubble, length of a crack or crystal, wavelength of phases.
        shape: How it looks, in a word that texts may use.
        share: Of the picture that it takes.
    """

    count: int
    size_px: float
    shape: str
    share: float
