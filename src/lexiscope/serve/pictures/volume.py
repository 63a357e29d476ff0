"""`display_volume`: a volume as a NIfTI file for a viewer, as it lies in the corpus wherever that is small enough."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.errors import UsageError
from lexiscope.core.image import Image
from lexiscope.serve.pictures.decoded import decode, spacing_of
from lexiscope.serve.pictures.disk import Disk
from lexiscope.serve.pictures.voxels import (
    Factors,
    Voxels,
    downsampled,
    factors_within,
    file_bytes,
    stored_voxels,
    voxels_of_stack,
)
from lexiscope.sources.formats.nifti import read_nifti_header
from lexiscope.sources.formats.unzipped import open_unzipped
from lexiscope.sources.pixels import read_header
from lexiscope.sources.steady import open_input

LIMIT_MB = 256
_MOST_MB = 2048  # what sources read at most
_MEBIBYTE = 1 << 20
_GZIP = b"\x1f\x8b"
_QUICK = 1  # zlib level; higher ones cost several times the time and save a few per cent on scans
_AS_STORED = (1, 1, 1)


@dataclass(frozen=True, slots=True)
class DisplayVolume:
    """A NIfTI file for a viewer.

    Args:
        path: The file.
        compressed: True when it is gzipped.
        factors: Voxels along the file's own axes that became one; (1, 1, 1) where all of them are there.
    """

    path: Path
    compressed: bool
    factors: Factors


def display_volume(
    path: Path, *, content: str, disk: Disk, known: Image | None = None, limit_mb: int = LIMIT_MB
) -> DisplayVolume:
    """A volume for a viewer: as stored, or with voxels put together until it fits.

    A NIfTI file within the limit is given as it is. Stacks of other formats are converted, see `voxels_of_stack`; a
    spacing in nanometres becomes one in micrometres.

    Args:
        path: File of the image.
        content: SHA-256 of its bytes.
        disk: Where what is made is kept.
        known: What the corpus knows of it; its spacing goes before the file's own.
        limit_mb: Most mebibytes of the values.

    Raises:
        UsageError: it is a plane, or the limit makes no sense.
        SourceError: it is damaged, or larger than what sources read.
    """
    if not 1 <= limit_mb <= _MOST_MB:
        raise UsageError(f"limit_mb must be 1 to {_MOST_MB}, got {limit_mb}; leave it out for {LIMIT_MB}")
    header = read_header(path)
    if len(header.shape) != 3:
        raise UsageError(f"expected a volume, got a picture of shape {header.shape}; ask for its tiles or its slice")
    if header.format == "nifti":
        factors = _factors_of_nifti(path, limit_mb * _MEBIBYTE)
        if factors == _AS_STORED:
            return DisplayVolume(path, _is_compressed(path), factors)
        return _kept(disk, content, "", factors, lambda: stored_voxels(path))
    spacing, unit = spacing_of(header, known)
    bytes_each = header.channels * header.bits // 8
    factors = factors_within(
        header.shape[::-1],
        (spacing or (1.0, 1.0, 1.0))[::-1],
        bytes_each=bytes_each,
        most_bytes=limit_mb * _MEBIBYTE,
    )
    size = "x".join(f"{step:.9g}" for step in spacing) if spacing else ""
    return _kept(disk, content, f"-{size}{unit or ''}", factors, lambda: voxels_of_stack(decode(path, known=known)))


def _kept(disk: Disk, content: str, size: str, factors: Factors, read: Callable[[], Voxels]) -> DisplayVolume:
    name = f"-{'x'.join(map(str, factors))}{size}.nii.gz"
    return DisplayVolume(disk.file(content, name, lambda: _made(read(), factors)), True, factors)


def _made(voxels: Voxels, factors: Factors) -> bytes:
    import imagecodecs

    shown = voxels if factors == _AS_STORED else downsampled(voxels, factors)
    return bytes(imagecodecs.gzip_encode(file_bytes(shown), level=_QUICK))


def _factors_of_nifti(path: Path, most_bytes: int) -> Factors:
    with open_unzipped(path) as stream:
        nifti = read_nifti_header(stream)
    shape = (*(int(n) for n in nifti.get_data_shape()), 1, 1, 1)
    bytes_each = nifti.get_data_dtype().itemsize * math.prod(shape[3:])
    zooms = (*(float(abs(step)) or 1.0 for step in nifti.get_zooms()), 1.0, 1.0, 1.0)[:3]
    return factors_within(shape[:3], zooms, bytes_each=bytes_each, most_bytes=most_bytes)


def _is_compressed(path: Path) -> bool:
    with open_input(path) as stream:
        return stream.read(2) == _GZIP
