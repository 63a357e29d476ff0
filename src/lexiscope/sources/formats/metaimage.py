"""MetaImage volumes, as ITK writes them (https://itk.org/Wiki/ITK/MetaIO/Documentation)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.raw_voxels import RawVolume, RawVoxels, header_lines, ras_affine
from lexiscope.sources.paths import inside

_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
    "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
_LAST = b"ElementDataFile"


def read_metaimage(root: Path, path: Path) -> RawVolume:
    """The volume of a file inside `root`; voxels that lie in another file must lie there, too.

    Raises:
        SourceError: it is no MetaImage, no volume of one moment, or damaged.
    """
    lines, start = header_lines(path, end=_LAST)
    fields = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
    shape = _shape(fields)
    if fields.get("ElementType") not in _TYPES:
        raise SourceError(f"expected a known ElementType, got {fields.get('ElementType')!r}", remedy="convert it")
    order = ">" if _is_true(fields, "BinaryDataByteOrderMSB", "ElementByteOrderMSB") else "<"
    file, offset = _place(root, path, fields, start)
    encoding = "raw" if _is_true({"BinaryData": "True", **fields}, "BinaryData") else "ascii"  # ITK's default
    encoding = "gzip" if _is_true(fields, "CompressedData") else encoding
    dtype = np.dtype(order + _TYPES[fields["ElementType"]])
    values = RawVoxels(file, offset, encoding, dtype, shape).read()
    return RawVolume(values, _affine(fields), tuple(dict.fromkeys((path, file))))


def _is_true(fields: Mapping[str, str], *names: str) -> bool:
    return any(fields.get(name, "").lower() in ("true", "1") for name in names)


def _shape(fields: Mapping[str, str]) -> tuple[int, int, int]:
    sizes = [int(size) for size in fields.get("DimSize", "").split()]
    if len(sizes) != 3 or min(sizes) < 1 or int(fields.get("ElementNumberOfChannels") or 1) != 1:
        channels = fields.get("ElementNumberOfChannels") or 1
        msg = f"expected a volume of three axes and one channel, got {tuple(sizes)} and {channels} channels"
        raise SourceError(msg, remedy="save the volume you mean as a file of its own")
    x, y, z = sizes
    return z, y, x


def _place(root: Path, path: Path, fields: Mapping[str, str], start: int) -> tuple[Path, int]:
    name = fields[_LAST.decode()]
    if name.upper() == "LOCAL":
        return path, start
    if name.upper().startswith("LIST") or "%" in name:
        raise SourceError("its voxels lie in a list of files", remedy="convert it to one file")
    folder = path.parent.relative_to(root.resolve())
    return inside(root, (folder / name).as_posix()), int(fields.get("HeaderSize") or 0)


def _affine(fields: Mapping[str, str]) -> NDArray[np.float64]:
    spacing = _numbers(fields, "ElementSpacing", "ElementSize")
    if len(spacing) != 3:
        raise SourceError("it states no ElementSpacing along its three axes", remedy="add it, or convert the file")
    turned = _numbers(fields, "TransformMatrix", "Rotation", "Orientation")
    axes = np.reshape(turned, (3, 3)).T if len(turned) == 9 else np.eye(3)  # each triple is the direction of an axis
    origin = _numbers(fields, "Offset", "Position", "Origin")
    return ras_affine(axes * spacing, np.array(origin if len(origin) == 3 else np.zeros(3)), to_ras=(-1.0, -1.0, 1.0))


def _numbers(fields: Mapping[str, str], *names: str) -> list[float]:
    text = next((fields[name] for name in names if name in fields), "")
    return [float(number) for number in text.split()]
