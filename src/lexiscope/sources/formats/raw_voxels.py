"""Voxels that lie in a file as plain numbers, compressed or not, as NRRD and MetaImage keep them."""

import bz2
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.header import Header
from lexiscope.sources.steady import open_input
from lexiscope.sources.structures import Structure

_LONGEST_HEADER = 1 << 20


@dataclass(frozen=True, slots=True)
class RawVolume:
    """A volume with its place.

    Args:
        values: Voxels (z, y, x).
        affine: From voxels (x, y, z) to RAS millimetres.
        files: Files that it was read from.
        steps: Remarks on what was guessed.
        structures: Structures of a label image, where the file names them.
    """

    values: NDArray[Any]
    affine: NDArray[np.float64]
    files: tuple[Path, ...]
    steps: tuple[str, ...] = ()
    structures: tuple[Structure, ...] = ()


@dataclass(frozen=True, slots=True)
class RawVoxels:
    """Where voxels lie and how they are written.

    Args:
        file: File that holds them.
        offset: First byte; negative counts from the end, as programs say "the last bytes of the file".
        encoding: "raw", "gzip", "bzip2" or "ascii".
        dtype: Type of a voxel with its byte order.
        shape: (z, y, x).
    """

    file: Path
    offset: int
    encoding: str
    dtype: np.dtype[Any]
    shape: tuple[int, int, int]

    def read(self) -> NDArray[Any]:
        """The voxels in the machine's byte order; 64-bit floats become 32-bit ones.

        Raises:
            SourceError: the file holds fewer than the header says, or more than is ever read.
        """
        Header("volume", self.shape, 1, self.dtype.itemsize * 8)  # refuses what is too large before any of it is read
        count = math.prod(self.shape)
        data = self._bytes(count * self.dtype.itemsize)
        if self.encoding == "ascii":
            values = np.array(data.split()[:count], self.dtype)
        else:
            values = np.frombuffer(data, self.dtype, count=min(count, len(data) // self.dtype.itemsize))
        if len(values) < count:
            msg = f"it is truncated: the header claims {count:,} voxels, found {len(values):,}"
            raise SourceError(msg, remedy="copy or convert it again")
        kind: Any = np.float32 if self.dtype.kind == "f" else self.dtype.newbyteorder("=")
        return values.reshape(self.shape).astype(kind, copy=False)

    def _bytes(self, wanted: int) -> bytes:
        with open_input(self.file) as stream:
            stream.seek(-wanted if self.offset < 0 else self.offset, 2 if self.offset < 0 else 0)
            if self.encoding == "raw":
                return stream.read(wanted)
            if self.encoding == "ascii":
                return stream.read(wanted * 32 + _LONGEST_HEADER)
            if self.encoding == "bzip2":
                return bz2.BZ2Decompressor().decompress(stream.read(), wanted)
            return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(stream.read(), wanted)  # gzip or zlib


def header_lines(path: Path, *, end: bytes) -> tuple[list[str], int]:
    """Lines of a text header and the byte after it.

    Args:
        path: File that starts with the header.
        end: Start of its last line; empty for a header that an empty line ends, or the file.

    Raises:
        SourceError: it does not end.
    """
    with open_input(path) as stream:
        data = stream.read(_LONGEST_HEADER)
    lines: list[str] = []
    start = 0
    while start < len(data):
        stop = data.find(b"\n", start)
        stop = len(data) if stop < 0 else stop
        line = data[start:stop].rstrip(b"\r")
        start = stop + 1
        if not end and not line:
            return lines, start
        lines.append(line.decode("utf-8", errors="replace"))
        if end and line.startswith(end):
            return lines, start
    if end or len(data) == _LONGEST_HEADER:
        raise SourceError("its header does not end", remedy="copy or convert it again")
    return lines, len(data)


def ras_affine(
    axes: NDArray[np.float64], origin: NDArray[np.float64], *, to_ras: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Affine from voxels (x, y, z) to RAS of axes (one a column, in mm) and an origin, both in one space.

    Args:
        axes: A step along each axis of voxels.
        origin: Place of the first voxel.
        to_ras: Signs that turn the axes of the space to right, anterior and superior.

    Raises:
        SourceError: the axes span no volume.
    """
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes, origin
    affine = np.diag([*to_ras, 1.0]) @ affine
    if not np.isfinite(affine).all() or np.linalg.matrix_rank(affine[:3, :3]) < 3:
        raise SourceError("its axes span no volume, or are not finite", remedy="repair its orientation")
    return affine
