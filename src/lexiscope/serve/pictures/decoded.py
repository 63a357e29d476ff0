"""`Decoded`: an image ready to be shown: its values, their size and place, and the usual window."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.image import Image
from lexiscope.serve.pictures.window import Window, percentiles, usual_window
from lexiscope.sources.formats.header import Header, require_memory
from lexiscope.sources.pixels import read_header, read_pixels, read_reduced

COLOURS = 3
SOFT_TISSUE: Window = (-160.0, 240.0)  # Hounsfield units, in which a CT of the body is first looked at
_AIR = -500.0  # Hounsfield units that a CT with air around the body falls below


@dataclass(frozen=True, eq=False)
class Decoded:
    """An image ready to be shown.

    Args:
        format: Format of its file, such as "nifti".
        values: `(c, y, x)` or `(c, z, y, x)`, as stored; NIfTI in the closest RAS+ orientation.
        spacing: Size of a pixel along the axes behind the first, in `unit`; None when unknown.
        unit: "mm" or "nm", together with `spacing`.
        affine: From voxels (x, y, z) to millimetres in RAS+; None where the file states no place in a patient.
        is_ct: True for what the corpus calls a CT; with air in it, it is first shown in the window of soft tissue.
    """

    format: str
    values: NDArray[Any]
    spacing: tuple[float, ...] | None = None
    unit: str | None = None
    affine: NDArray[np.float64] | None = None
    is_ct: bool = False

    @property
    def is_volume(self) -> bool:
        """True for `(c, z, y, x)`."""
        return self.values.ndim == 4

    @cached_property
    def percentiles(self) -> Window:
        """1st and 99th percentile of the finite values that are shown first."""
        return percentiles(self.values if len(self.values) == COLOURS else self.values[:1])

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """For each channel the values that are shown black and white unless somebody asks otherwise."""
        return tuple(self._usual(channel) for channel in self.values)

    def window(self, channel: int | None = None) -> Window:
        """The usual window of a channel, or of what is shown when none is named: colours, otherwise the first."""
        if channel is None:
            return self._colours if len(self.values) == COLOURS else self.windows[0]
        return self.windows[channel]

    @cached_property
    def _colours(self) -> Window:
        return self._usual(self.values)

    def _usual(self, values: NDArray[Any]) -> Window:
        if self.is_ct and percentiles(values)[0] <= _AIR:
            return SOFT_TISSUE
        return usual_window(values, is_picture=not self.is_volume)

    @property
    def rows_go_up(self) -> bool:
        """True where the first row lies at the bottom and the first column at the patient's left, as in NIfTI."""
        return self.format == "nifti"


def decode(path: Path, *, known: Image | None = None, at_least: int | None = None) -> Decoded:
    """Decode an image file.

    Args:
        path: The file.
        known: What the corpus knows of it; its spacing goes before the file's own, since sidecars state it, too.
        at_least: Pixels of the longer side that are enough: for a thumbnail, as sizes and tiles are those of the file.
            None gives all.

    Raises:
        SourceError: no image, damaged, or larger than what sources read or what fits into memory.
    """
    header = read_header(path)
    require_memory(header.channels * _count(header) * header.bits // 8, what=f"the {header.format}")
    values = read_pixels(path) if at_least is None else read_reduced(path, side=_shorter_side(header, at_least))
    spacing, unit = spacing_of(header, known)
    is_of_ct = known is not None and is_ct(known)
    return Decoded(header.format, values, spacing, unit, place_of(path, header), is_of_ct)


def is_ct(image: Image) -> bool:
    """True for an image that the corpus calls a CT.

    Example:
        >>> is_ct(Image("0" * 64, "ct_2", "nifti", (1, 2, 3))), is_ct(Image("0" * 64, "octant", "png", (2, 3)))
        (True, False)
    """
    return re.fullmatch(r"ct([^a-z].*)?", image.modality.lower()) is not None


def spacing_of(header: Header, known: Image | None) -> tuple[tuple[float, ...] | None, str | None]:
    """Spacing and unit of an image: what the corpus knows, else what the file states."""
    if known is not None and known.spacing is not None:
        return tuple(known.spacing), known.unit
    return header.spacing, header.unit


def place_of(path: Path, header: Header) -> NDArray[np.float64] | None:
    """Affine from voxels (x, y, z) to millimetres in RAS+, None where the file states no place in a patient."""
    if header.format != "nifti":
        return None
    from lexiscope.sources.formats.nifti import canonical_grid, states_orientation  # nibabel takes 45 MB and 0.3 s

    return canonical_grid(path)[1] if states_orientation(path) else None


def _shorter_side(header: Header, longer: int) -> int:
    return max(1, longer * min(header.shape) // max(header.shape))


def _count(header: Header) -> int:
    return int(np.prod(header.shape, dtype=np.int64))
