"""Vendors' microscopy formats, read by rosettasciio -> images with their pixel size in nanometres."""

import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.case import Scalar
from lexiscope.core.errors import MissingExtraError, SourceError
from lexiscope.core.extras import need
from lexiscope.sources.encode import plane_file, stack_file
from lexiscope.sources.formats.header import Header
from lexiscope.sources.formats.lengths import NANOMETRES
from lexiscope.sources.paths import check_regular
from lexiscope.sources.scans.micrograph.image import MicrographImage
from lexiscope.sources.scans.micrograph.outside import refuse_outside

_READERS = {
    ".dm3": "digitalmicrograph", ".dm4": "digitalmicrograph", ".emd": "emd", ".ser": "tia", ".bcf": "bruker",
}  # fmt: skip
VENDOR_SUFFIXES = tuple(_READERS)
_FINEST, _COARSEST = 1e-4, 1e8  # nm; a pixel outside these is a header that was never filled in
_FACTS = ("beam_energy", "magnification")  # of the instrument; names of people and machines are left behind
_COLOURS = ("R", "G", "B")


def read_vendor(path: Path) -> Iterator[MicrographImage | SourceError]:
    """Every image of a file; spectra, series and complex values come as the error that says so.

    Raises:
        SourceError: the file is empty, damaged, or points at others.
        MissingExtraError: rosettasciio is not installed.
    """
    if check_regular(path) == 0:
        raise SourceError(f"{path.name} is empty", remedy="copy the file again")
    suffix = path.suffix.lower()
    reader = need(f"rsciio.{_READERS[suffix]}", extra="micrograph").file_reader
    with _damage_said(path):
        if suffix == ".emd":
            refuse_outside(path)
        records = reader(str(path), lazy=True)
    for record in records:
        try:
            with _damage_said(path):
                yield _image(record, path.name)
        except SourceError as error:
            yield error


@contextmanager
def _damage_said(path: Path) -> Iterator[None]:
    logger = logging.getLogger("rsciio")
    before, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (SourceError, MissingExtraError):
        raise
    except Exception as error:  # on damaged bytes the readers raise nearly anything
        msg = f"{path.name} is damaged or truncated: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise SourceError(msg, remedy="copy or export the file again, or leave it out") from error
    finally:
        logger.disabled = before


def _image(record: Mapping[str, Any], name: str) -> MicrographImage:
    data, axes, title = record["data"], list(record["axes"]), _title(record)
    _refuse_other(data, axes, record, f"{name} {title}".strip())
    shape = tuple(int(n) for n in data.shape)
    Header("micrograph", shape, 1, data.dtype.itemsize * 8)  # refuses what is too large before it is read
    values = _plain(np.asarray(data))
    spacing, steps = _spacing(axes)
    file = plane_file(values, spacing, unit="nm") if len(axes) == 2 else stack_file(values, spacing, unit="nm")
    return MicrographImage(title, file, steps, _facts(record))


def _refuse_other(data: Any, axes: list[Mapping[str, Any]], record: Mapping[str, Any], name: str) -> None:
    """Refuse what is no image: spectra, series, anything of four axes, values without an order."""
    shape = tuple(int(n) for n in data.shape)
    if _is_spectrum(axes, record):
        msg = f"{name} is a spectrum or a map of spectra of shape {shape}, which is no image"
        raise SourceError(msg, remedy="export an element map or the survey image")
    if len(shape) not in (2, 3) or (len(shape) == 3 and _nanometres(axes[0]) is None):
        msg = f"{name} is a series of shape {shape}{_along(axes)}, and a case holds one moment"
        raise SourceError(msg, remedy="export the images you mean, or their sum, as files of their own")
    if data.dtype.kind not in "buif" and data.dtype.names is None:
        raise SourceError(f"{name} holds {data.dtype} values, expected real ones", remedy="export the magnitude")


def _is_spectrum(axes: list[Mapping[str, Any]], record: Mapping[str, Any]) -> bool:
    kind = str(record["metadata"].get("Signal", {}).get("signal_type") or "")
    return kind.startswith(("EDS", "EELS")) or sum(not axis.get("navigate") for axis in axes) == 1


def _along(axes: list[Mapping[str, Any]]) -> str:
    name = axes[0].get("name") if axes else None
    return f" along {name}" if isinstance(name, str) and name else ""


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Values that image files hold: colours as a last axis, truth as 0 and 255, the machine's byte order."""
    if values.dtype.names is not None:
        return np.stack([values[colour] for colour in _COLOURS], axis=-1)
    if values.dtype == bool:
        return values.astype(np.uint8) * np.uint8(255)
    if values.dtype == np.float16:
        return values.astype(np.float32)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _spacing(axes: list[Mapping[str, Any]]) -> tuple[tuple[float, ...] | None, tuple[str, ...]]:
    """Pixel size along the axes in nm, and why there is none."""
    sizes = [_nanometres(axis) for axis in axes]
    units = {str(axis.get("units") or "").replace(" ", "") for axis in axes}
    if any(unit.startswith("1/") or unit == "mrad" for unit in units):
        return None, (f"axes in {', '.join(sorted(units))}: a diffraction pattern, which has no pixel size",)
    known = [size for size in sizes if size is not None]
    return (tuple(known), ()) if len(known) == len(axes) else (None, ())


def _nanometres(axis: Mapping[str, Any]) -> float | None:
    """The step of an axis; None for other quantities and for steps that no microscope has."""
    unit = NANOMETRES.get(str(axis.get("units") or "").strip().lower())
    step = float(axis.get("scale") or 0) * unit if unit else 0.0
    return step if math.isfinite(step) and _FINEST <= step <= _COARSEST else None


def _title(record: Mapping[str, Any]) -> str:
    return str(record["metadata"].get("General", {}).get("title") or "").strip()


def _facts(record: Mapping[str, Any]) -> dict[str, Scalar]:
    instruments = record["metadata"].get("Acquisition_instrument") or {}
    facts: dict[str, Scalar] = {}
    for instrument in instruments.values():
        for name in _FACTS:
            value = instrument.get(name) if isinstance(instrument, Mapping) else None
            if isinstance(value, int | float | np.number) and math.isfinite(value) and value > 0:
                facts[name] = float(value)
    return facts
