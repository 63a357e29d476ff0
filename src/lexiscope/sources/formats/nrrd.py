"""NRRD volumes, as 3D Slicer writes them (https://teem.sourceforge.net/nrrd/format.html)."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.raw_voxels import RawVolume, RawVoxels, header_lines, ras_affine
from lexiscope.sources.naming import unused
from lexiscope.sources.paths import inside
from lexiscope.sources.structures import Structure

_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_BY_NAME = {name: code for code, names in _TYPES.items() for name in names}
_ENCODINGS = {"raw": "raw", "gz": "gzip", "gzip": "gzip", "bz2": "bzip2", "bzip2": "bzip2"}
_ENCODINGS |= dict.fromkeys(("ascii", "text", "txt"), "ascii")
_TO_RAS = {  # space -> signs that turn its axes to RAS
    **dict.fromkeys(("left-posterior-superior", "lps"), (-1.0, -1.0, 1.0)),
    **dict.fromkeys(("left-anterior-superior", "las"), (-1.0, 1.0, 1.0)),
    **dict.fromkeys(("right-anterior-superior", "ras"), (1.0, 1.0, 1.0)),
}
_MILLIMETRES = {
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), 1.0),
    **dict.fromkeys(("um", "µm", "μm", "micron", "microns", "micrometer", "micrometers"), 1e-3),
    **dict.fromkeys(("cm", "centimeter", "centimeters"), 10.0),
    **dict.fromkeys(("m", "meter", "meters"), 1e3),
}
_MAGIC = re.compile(r"NRRD000\d")


def read_nrrd(root: Path, path: Path) -> RawVolume:
    """The volume of a file inside `root`; voxels that lie in another file must lie there, too.

    Raises:
        SourceError: it is no NRRD, no volume of one moment, or damaged.
    """
    lines, start = header_lines(path, end=b"")
    if not lines or not _MAGIC.match(lines[0]):
        raise SourceError("it does not start as an NRRD", remedy="convert it again, or rename it")
    fields = dict(_field(line) for line in lines[1:] if ":" in line and not line.startswith("#") and ":=" not in line)
    shape = _shape(fields)
    file, offset = _place(root, path, fields, start)
    affine, steps = _affine(fields)
    big = fields.get("endian", "little").lower() == "big"
    dtype = np.dtype((">" if big else "<") + _named(_BY_NAME, fields.get("type", ""), "type"))
    encoding = _named(_ENCODINGS, fields.get("encoding", ""), "encoding")
    values = RawVoxels(file, offset, encoding, dtype, shape).read()
    return RawVolume(values, affine, tuple(dict.fromkeys((path, file))), steps, _segments(lines))


def _segments(lines: Sequence[str]) -> tuple[Structure, ...]:
    """Names of the segments that 3D Slicer writes into a labelmap, with their values; those of one name stay apart."""
    pairs = dict(line.partition(":=")[::2] for line in lines if line.startswith("Segment"))
    structures: dict[str, Structure] = {}
    for key, value in pairs.items():
        segment, _, what = key.rpartition("_")
        name = pairs.get(f"{segment}_Name", "").strip()
        if what == "LabelValue" and name and value.isdecimal():
            name = unused(name, structures)
            structures[name] = Structure(name, frozenset({int(value)}))
    return tuple(structures.values())


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower().replace("datafile", "data file"), value.strip()


def _named(table: Mapping[str, str], word: str, what: str) -> str:
    if word.lower() not in table:
        raise SourceError(f"expected a known {what}, got {word!r}", remedy="save it as a plain scalar volume")
    return table[word.lower()]


def _shape(fields: Mapping[str, str]) -> tuple[int, int, int]:
    sizes = [int(size) for size in fields.get("sizes", "").split()]
    if len(sizes) != 3 or min(sizes) < 1:
        msg = f"expected a volume of three axes, got sizes {tuple(sizes)}"
        raise SourceError(msg, remedy="save the volume you mean, of segments one labelmap, as a file of its own")
    x, y, z = sizes
    return z, y, x


def _place(root: Path, path: Path, fields: Mapping[str, str], start: int) -> tuple[Path, int]:
    """File of the voxels and their first byte."""
    if int(fields.get("line skip") or fields.get("lineskip") or 0):
        raise SourceError("its voxels start after lines to skip", remedy="convert it to one file")
    skip = int(fields.get("byte skip") or fields.get("byteskip") or 0)
    name = fields.get("data file", "")
    if not name:
        return path, start + max(skip, 0) if skip >= 0 else -1
    if name.upper().startswith("LIST") or "%" in name:
        raise SourceError("its voxels lie in a list of files", remedy="convert it to one file")
    folder = path.parent.relative_to(root.resolve())
    return inside(root, (folder / name).as_posix()), skip if skip >= 0 else -1


def _affine(fields: Mapping[str, str]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    directions, spacings = fields.get("space directions", ""), fields.get("spacings", "")
    if directions:
        axes = np.array([_vector(text) for text in re.findall(r"\([^)]*\)", directions)]).T
    else:
        axes = np.diag([float(size) for size in spacings.split()] or [0.0])
    if axes.shape != (3, 3):
        raise SourceError("it states no size of a voxel along its three axes", remedy="add its spacing, or convert it")
    origin = _vector(fields["space origin"]) if "space origin" in fields else np.zeros(3)
    space = fields.get("space", "").lower().removesuffix("-time")
    guessed = ("it names no anatomical space: taken as left-posterior-superior",) if space not in _TO_RAS else ()
    to_ras, unit = _TO_RAS.get(space, _TO_RAS["lps"]), _unit(fields)
    return ras_affine(axes * unit, origin * unit, to_ras=to_ras), guessed


def _unit(fields: Mapping[str, str]) -> float:
    """Millimetres of the unit that lengths are stated in; millimetres where none is.

    Raises:
        SourceError: the axes have different units, or one that is no length.
    """
    stated = set(re.findall(r'"([^"]*)"', fields.get("space units") or fields.get("units") or ""))
    named = {unit.lower() for unit in stated if unit.strip()}
    if not named:
        return 1.0
    if len(named) > 1 or not named <= _MILLIMETRES.keys():
        msg = f"expected one unit of length, got {', '.join(sorted(named))}"
        raise SourceError(msg, remedy="save it in millimetres")
    return _MILLIMETRES[named.pop()]


def _vector(text: str) -> NDArray[np.float64]:
    return np.array([float(number) for number in text.strip("() ").split(",")])
