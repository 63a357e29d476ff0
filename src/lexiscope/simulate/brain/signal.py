"""`render`: brightness of tissue by the signal equations of spin echo and inversion recovery."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Tissue:
    """Magnetic properties of a tissue.

    Args:
        density: Proton density; 1 is water.
        t1: Longitudinal relaxation time in milliseconds.
        t2: Transverse relaxation time in milliseconds.
    """

    density: float
    t1: float
    t2: float


# Grey, white, fluid, fat, skull and plaque at 1.5 T are those of BrainWeb (Kwan, Evans & Pike 1999,
# https://doi.org/10.1109/42.816072). Oedema, tumour, necrosis and scar are ours, chosen within published ranges.
TISSUES: Mapping[str, Tissue] = {
    "grey": Tissue(0.86, 833, 83),
    "white": Tissue(0.77, 500, 70),
    "fluid": Tissue(1.00, 2569, 329),
    "fat": Tissue(1.00, 350, 70),
    "bone": Tissue(0.05, 300, 40),
    "plaque": Tissue(0.76, 752, 237),
    "oedema": Tissue(0.88, 1050, 155),
    "tumour": Tissue(0.90, 1250, 125),
    "necrosis": Tissue(0.97, 2000, 260),
    "scar": Tissue(0.84, 950, 190),
}


@dataclass(frozen=True, slots=True)
class Sequence:
    """Pulse sequence.

    Args:
        repetition: Repetition time in milliseconds.
        echo: Echo time in milliseconds.
        inversion: Inversion time in milliseconds; None for a spin echo.
    """

    repetition: float
    echo: float
    inversion: float | None = None

    def signal(self, tissue: Tissue) -> float:
        """Brightness of a tissue, as a share of fully relaxed water.

        Spin echo: `PD (1 - exp(-TR/T1)) exp(-TE/T2)`; inversion recovery:
        `PD |1 - 2 exp(-TI/T1) + exp(-TR/T1)| exp(-TE/T2)` (Haacke et al., Magnetic Resonance Imaging, 1999, ch. 8).

        Example:
            >>> SEQUENCES["t1w"].signal(TISSUES["white"]) > SEQUENCES["t1w"].signal(TISSUES["grey"])
            True
        """
        recovered = 1 - np.exp(-self.repetition / tissue.t1)
        if self.inversion is not None:
            recovered = abs(1 - 2 * np.exp(-self.inversion / tissue.t1) + np.exp(-self.repetition / tissue.t1))
        return float(tissue.density * recovered * np.exp(-self.echo / tissue.t2))


# T1w is inversion-prepared, as MPRAGE is. FLAIR inverts so that BrainWeb's fluid crosses zero:
# TI = T1 ln(2 / (1 + exp(-TR/T1))).
SEQUENCES: Mapping[str, Sequence] = {
    "t1w": Sequence(repetition=2300, echo=3, inversion=900),
    "t2w": Sequence(repetition=4000, echo=100),
    "flair": Sequence(repetition=9000, echo=120, inversion=1704),
}


def render(shares: Mapping[str, np.ndarray], sequence: Sequence) -> np.ndarray:
    """Brightness of voxels that hold several tissues: the sum of their signals by share.

    Args:
        shares: Tissue name -> share of each voxel, all of one shape.
        sequence: Pulse sequence of the acquisition.

    Example:
        >>> shares = {"white": np.array([1.0, 0.5]), "bone": np.array([0.0, 0.5])}
        >>> bright, half = render(shares, SEQUENCES["t1w"])
        >>> bool(bright > half > bright / 2)
        True
    """
    total = np.zeros_like(next(iter(shares.values())))
    for name, share in shares.items():
        total += share * np.float32(sequence.signal(TISSUES[name]))
    return total
