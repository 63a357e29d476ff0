"""MRC files (https://www.ccpem.ac.uk/mrc_format/mrc2014.php) -> an image or a volume, by what the header says.

The space group tells a volume (1) from a stack of images (0), which is a movie or a tilt series and no one moment; so
does a cell without a size along z. The cell gives the size of a voxel; of a plane an empty one gives none.
"""

import math
from pathlib import Path
from struct import unpack_from

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.encode import plane_file, stack_file
from lexiscope.sources.formats.header import Header
from lexiscope.sources.paths import check_regular
from lexiscope.sources.scans.micrograph.image import MicrographImage
from lexiscope.sources.steady import open_input

_HEADER = 1024
_MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_FINEST, _COARSEST = 1e-4, 1e8  # nm; a voxel outside these is a header that was never filled in
_IMOD_STAMP = 1146047817
_STACK, _VOLUME = 0, 1


def read_mrc(path: Path) -> MicrographImage:
    """The image of a file.

    Raises:
        SourceError: it is empty, damaged, or holds a series or complex values.
    """
    size = check_regular(path)
    with open_input(path) as stream:
        start = stream.read(_HEADER)
        order = _byte_order(start, path.name)
        shape, dtype, voxel = _described(start, order, path.name)
        stream.seek(_HEADER + _extended(start, order))
        wanted = math.prod(shape) * dtype.itemsize
        if size < stream.tell() + wanted:
            msg = f"{path.name} is truncated: its header claims {wanted:,} bytes, it holds {size - stream.tell():,}"
            raise SourceError(msg, remedy="copy the file again")
        values: NDArray[np.generic] = np.frombuffer(stream.read(wanted), dtype).reshape(shape)
    values = values.astype(np.float32 if dtype.kind == "f" else dtype.newbyteorder("="), copy=False)
    if shape[0] == 1:
        return MicrographImage("", plane_file(values[0], voxel[1:] if voxel else None, unit="nm"))
    return MicrographImage("", stack_file(values, voxel, unit="nm"))


def _byte_order(start: bytes, name: str) -> str:
    """ "<" or ">", by the stamp of the machine, else by which of them gives axes that make sense."""
    if len(start) < _HEADER:
        raise SourceError(f"{name} is no MRC: it is shorter than the header", remedy="copy or export the file again")
    stamp = start[212]
    if start[208:212] == b"MAP " and stamp in (0x44, 0x11):
        return "<" if stamp == 0x44 else ">"
    for order in "<>":
        if min(unpack_from(f"{order}3i", start)) > 0 and sorted(unpack_from(f"{order}3i", start, 64)) in _AXES:
            return order
    raise SourceError(f"{name} is no MRC: neither its stamp nor its axes make sense", remedy="export the file again")


_AXES = ([0, 0, 0], [1, 2, 3])


def _described(start: bytes, order: str, name: str) -> tuple[tuple[int, int, int], np.dtype, tuple[float, ...] | None]:
    """Shape (z, y, x), type of the values, and size of a voxel along (z, y, x) in nm."""
    x, y, z, mode = unpack_from(f"{order}4i", start)
    if mode not in _MODES:
        msg = f"{name} holds values of MRC mode {mode}, expected real ones"
        raise SourceError(msg, remedy="export the magnitude, or unpack it to 16 bits")
    if tuple(unpack_from(f"{order}3i", start, 64)) not in ((1, 2, 3), (0, 0, 0)):
        raise SourceError(f"{name} stores its axes in another order than x, y, z", remedy="reorder its axes")
    if z > 1 and (why := _no_volume(start, order)):
        msg = f"{name} is a series of shape {(z, y, x)}: its header says {why}, and a case holds one moment"
        remedy = "export the sum or the images you mean; of a volume state the space group (ISPG) 1 and the cell"
        raise SourceError(msg, remedy=remedy)
    dtype = np.dtype(_MODES[mode])
    Header("mrc", (z, y, x), 1, dtype.itemsize * 8)  # refuses what is too large before any of it is read
    if mode == 0 and _is_unsigned(start, order):
        dtype = np.dtype("u1")
    return (z, y, x), dtype.newbyteorder("<" if order == "<" else ">"), _voxel(start, order, planes=z)


def _no_volume(start: bytes, order: str) -> str:
    """Why planes are no volume; empty when they are one. Some movies have space group 1, but no thickness."""
    (group,) = unpack_from(f"{order}i", start, 88)
    (samples,), (thickness,) = unpack_from(f"{order}i", start, 36), unpack_from(f"{order}f", start, 48)
    if group != _VOLUME:
        return "a stack of images" if group == _STACK else f"space group {group}"
    return "" if samples > 1 and thickness > 0 else "no size along z"


def _is_unsigned(start: bytes, order: str) -> bool:
    """IMOD says in a flag of its own whether bytes are signed."""
    stamp, flags = unpack_from(f"{order}2i", start, 152)
    return stamp == _IMOD_STAMP and not flags & 1


def _voxel(start: bytes, order: str, *, planes: int) -> tuple[float, ...] | None:
    samples, cell = unpack_from(f"{order}3i", start, 28), unpack_from(f"{order}3f", start, 40)
    sizes = [0.1 * length / count if count > 0 else 0.0 for length, count in zip(cell, samples, strict=True)]
    if planes == 1:
        sizes[2] = sizes[2] or sizes[0]
    usable = all(math.isfinite(size) and _FINEST <= size <= _COARSEST for size in sizes[: 2 if planes == 1 else 3])
    return tuple(sizes[::-1]) if usable else None


def _extended(start: bytes, order: str) -> int:
    return max(0, int(unpack_from(f"{order}i", start, 92)[0]))
