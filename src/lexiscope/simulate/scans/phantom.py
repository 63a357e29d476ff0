"""`Phantom`: a made volume of one patient with an organ and sometimes a cyst in it; nothing in it is real."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

SHAPE = (16, 16, 8)  # (x, y, z)
ORGAN, CYST = 1, 2  # values of a label image
_CONTRAST = {"t1": (500.0, 150.0, -200.0), "flair": (300.0, 80.0, 400.0)}  # tissue; what organ and cyst add


@dataclass(frozen=True, slots=True)
class Phantom:
    """One made patient: the first has a cyst, the second none, the third was never annotated, and so on.

    Args:
        number: Number of the patient, from 1 on.
        seed: Seed of the noise.

    Example:
        >>> [Phantom(number).has_cyst for number in (1, 2, 3, 4)]
        [True, False, True, True]
    """

    number: int
    seed: int = 0

    @property
    def name(self) -> str:
        """Name of the patient, such as "p1"."""
        return f"p{self.number}"

    @property
    def has_cyst(self) -> bool:
        """True where a cyst is drawn."""
        return self.number % 3 != 2

    @property
    def is_annotated(self) -> bool:
        """True where somebody looked for organ and cyst."""
        return self.number % 3 != 0

    def labels(self) -> UInt8[np.ndarray, "x y z"]:
        """Label image: 1 in the organ, 2 in the cyst."""
        labels = np.zeros(SHAPE, np.uint8)
        labels[2:6, 3:9, 2:5] = ORGAN
        if self.has_cyst:
            labels[10:12, 3:5, 2:4] = CYST
        return labels

    def values(self, sequence: str) -> Float32[np.ndarray, "x y z"]:
        """Values of the volume in a sequence, "t1" or "flair": bright tissue with noise in air."""
        tissue, organ, cyst = _CONTRAST[sequence]
        x, y = np.meshgrid(np.linspace(-1, 1, SHAPE[0]), np.linspace(-1, 1, SHAPE[1]), indexing="ij")
        inside = ((x / 0.95) ** 2 + (y / 0.95) ** 2 < 1)[:, :, None]
        labels = self.labels()
        draw = np.random.default_rng((self.seed, self.number, len(sequence)))
        noise = draw.normal(0, 20, SHAPE)
        return (
            (inside * tissue + (labels == ORGAN) * organ + (labels == CYST) * cyst + noise).clip(0).astype(np.float32)
        )
