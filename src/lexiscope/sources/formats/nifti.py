"""NIfTI-1 and NIfTI-2 in one file, compressed or not: `(c, z, y, x)` in the closest RAS+ orientation.

Bytes are read by the header's own count, so a compressed bomb gives no more than it claims and a truncated file is
refused. A fourth axis of at most `MAX_CHANNELS` is channels (the sequences of an MSD file); a longer one is a time
series, which a case does not hold. Lengths are in the unit of the header; where it states none, in millimetres if the
header does state an orientation (NIfTI's readers all agree on that), otherwise the spacing is unknown.
"""

import gzip
import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import nibabel as nib
import numpy as np
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.header import Header, require_memory
from lexiscope.sources.formats.unzipped import open_unzipped

MAX_CHANNELS = 16
_SKIP = 1 << 20
_MAX_EXTENSIONS = 64 << 20  # bytes between header and pixels; DICOM copies in there take a few megabytes
_LENGTH = 7  # bits of xyzt_units that say the unit of length; the others are those of time
_MM = {0: None, 1: 1e3, 2: 1.0, 3: 1e-3}  # unknown, metres, millimetres, micrometres
_COLOURS = frozenset("RGB")


def is_nifti(start: bytes) -> bool:
    """True when a file's first 4 bytes, uncompressed, are the header size of NIfTI-1 (348) or NIfTI-2 (540).

    Example:
        >>> is_nifti((348).to_bytes(4, "big")), is_nifti(b"DICM")
        (True, False)
    """
    return start[:4] in {size.to_bytes(4, order) for size in (348, 540) for order in ("little", "big")}


def header(path: Path, format: str) -> Header:
    """Read shape and spacing without decoding."""
    with open_unzipped(path) as stream:
        return _header(read_nifti_header(stream), format)


def pixels(path: Path, format: str) -> NDArray[Any]:
    """Decode to `(c, z, y, x)`, or `(c, y, x)` when the file holds a plane."""
    with open_unzipped(path) as stream:
        nifti = read_nifti_header(stream)
        _header(nifti, format)  # refuses what is too large before any of it is read
        stored = read_stored(stream, nifti)
    array = _channels_first(_scaled(stored, nifti), nifti)
    array = nib.orientations.apply_orientation(array, _after_channels(_orientation(nifti)))
    array = array.transpose(0, 3, 2, 1)  # (c, x, y, z) -> (c, z, y, x)
    return np.ascontiguousarray(array[:, 0] if _is_plane(nifti) else array)


def split_channels(path: Path) -> Iterator[bytes]:
    """The channels of a 4-D file as compressed NIfTI files of their own, values and orientation as stored.

    Raises:
        SourceError: as `pixels`.
    """
    with _damage_said(path), open_unzipped(path) as stream:
        nifti = read_nifti_header(stream)
        _header(nifti, "nifti")  # refuses what is too large before any of it is read
        stored = read_stored(stream, nifti)
    nifti.set_data_shape(_spatial(nifti))
    nifti["vox_offset"] = int(nifti["sizeof_hdr"]) + 4  # four zero bytes say that no extension follows
    for channel in np.moveaxis(stored.reshape((*stored.shape[:3], -1), order="F"), -1, 0):
        yield gzip.compress(nifti.binaryblock + bytes(4) + channel.tobytes(order="F"), compresslevel=1, mtime=0)


def volume_header(path: Path) -> tuple[Any, tuple[int, ...]]:
    """Header of a file that holds one volume or plane, and its shape as stored: (x, y, z) or (x, y).

    Raises:
        SourceError: it holds a series, or is no NIfTI.
    """
    refuse_series(path)
    with _damage_said(path):
        nifti = _read_header(path)
        _header(nifti, "nifti")  # refuses what is too large before any of it is read
        return nifti, tuple(int(n) for n in nifti.get_data_shape()[:3])


def read_volume_values(path: Path) -> tuple[Any, NDArray[Any]]:
    """Header and scaled values of a file that holds one volume or plane, axes as stored: (x, y, z) or (x, y).

    Raises:
        SourceError: as `pixels`, or it holds a series or colours.
    """
    _, shape = volume_header(path)
    with _damage_said(path), open_unzipped(path) as stream:
        nifti = read_nifti_header(stream)
        stored = read_stored(stream, nifti)
    if stored.dtype.names:
        raise SourceError(f"{path.name} holds colours, expected one number a voxel", remedy="export class numbers")
    return nifti, _scaled(stored, nifti).reshape(shape, order="F")


def label_bytes(nifti: Any, labels: NDArray[Any]) -> bytes:
    """A compressed NIfTI file of labels with the affine of `nifti`.

    Args:
        nifti: Header of a file on the same grid.
        labels: Whole numbers without a sign, axes as that file stores them.
    """
    import imagecodecs

    header = nifti.copy()
    labels = labels.astype(labels.dtype.newbyteorder(header.endianness), copy=False)
    header.set_data_dtype(labels.dtype)
    header.set_data_shape(labels.shape)
    header.set_slope_inter(1, 0)
    header["cal_min"] = header["cal_max"] = 0
    header["vox_offset"] = int(header["sizeof_hdr"]) + 4  # four zero bytes say that no extension follows
    data = header.binaryblock + bytes(4) + labels.tobytes(order="F")
    return bytes(imagecodecs.gzip_encode(data, level=1))


def canonical_grid(path: Path) -> tuple[tuple[int, ...], NDArray[np.float64]]:
    """Shape (z, y, x) in the closest RAS+ orientation and the affine from its voxels (x, y, z) to millimetres.

    Raises:
        SourceError: it is no NIfTI, or a damaged one.
    """
    with _damage_said(path):
        nifti = _read_header(path)
        shape, affine = _spatial(nifti), _affine(nifti)[0]
    orientation = nib.orientations.io_orientation(affine)
    order = np.argsort(orientation[:, 0])
    axes = slice(1, None) if _is_plane(nifti) else slice(None)
    return tuple(shape[axis] for axis in order)[::-1][axes], affine @ nib.orientations.inv_ornt_aff(orientation, shape)


def states_orientation(path: Path) -> bool:
    """True when the header says where the voxels lie in a patient: by its sform or by its qform.

    Raises:
        SourceError: it is no NIfTI, or a damaged one.
    """
    with _damage_said(path):
        nifti = _read_header(path)
        return int(nifti["sform_code"]) > 0 or int(nifti["qform_code"]) > 0


def stored_affine(path: Path) -> NDArray[np.float64]:
    """Affine from the voxels as they are stored (i, j, k) to millimetres.

    Raises:
        SourceError: it is no NIfTI, or a damaged one.
    """
    with _damage_said(path):
        return _affine(_read_header(path))[0]


def refuse_series(path: Path) -> None:
    """Refuse a file of several volumes: time points, diffusion directions, or channels that nobody declared.

    Raises:
        SourceError: it holds more than one volume, or is no NIfTI.
    """
    with _damage_said(path):
        shape = [int(n) for n in _read_header(path).get_data_shape()]
    while len(shape) > 3 and shape[-1] == 1:
        shape.pop()
    if len(shape) > 3:
        msg = f"{path.name} is a series of shape {tuple(shape)}, and a case holds one moment"
        remedy = "average it, save the volume you mean as a file of its own, or declare its channels in a dataset.json"
        raise SourceError(msg, remedy=remedy)


def _read_header(path: Path) -> Any:
    with open_unzipped(path) as stream:
        return read_nifti_header(stream)


@contextmanager
def _damage_said(path: Path) -> Iterator[None]:
    try:
        yield
    except (SourceError, MemoryError):
        raise
    except Exception as error:  # of damaged headers nibabel raises nearly anything
        msg = f"{path.name} is a damaged NIfTI: {type(error).__name__}: {error}"
        raise SourceError(msg, remedy="copy or convert it again") from error


def read_nifti_header(stream: IO[bytes]) -> Any:
    """The nibabel header at the start of `stream`.

    Raises:
        SourceError: it is no single-file NIfTI, or its fields make no sense.
    """
    start = stream.read(4)
    if not is_nifti(start):
        raise SourceError(f"expected a NIfTI header, got a file that starts with {start!r}")
    size = 540 if 540 in (int.from_bytes(start, "little"), int.from_bytes(start, "big")) else 348
    kind = nib.Nifti2Header if size == 540 else nib.Nifti1Header
    rest = stream.read(size - 4)
    if len(rest) < size - 4:
        raise SourceError("the NIfTI is truncated: it ends within its header", remedy="copy or convert it again")
    nifti = kind.from_fileobj(io.BytesIO(start + rest), check=False)
    if abs(float(nifti["pixdim"][0])) != 1:
        nifti["pixdim"][0] = 1  # the standard says so of a nought there, and other values mean nothing
    if nifti["magic"].item()[:2] != b"n+":
        raise SourceError(
            "expected a NIfTI in one file, got one half of an .hdr/.img pair", remedy="convert it to .nii.gz"
        )
    offset = float(nifti["vox_offset"])
    if not size <= offset <= _MAX_EXTENSIONS:
        raise SourceError(f"the NIfTI header places its pixels at byte {offset:.0f}, got a damaged header")
    return nifti


def read_stored(stream: IO[bytes], nifti: Any) -> NDArray[Any]:
    """Values as stored, axes as stored (x first), read from a stream that stands just after the header.

    Raises:
        SourceError: the stream ends before the header's count of bytes.
    """
    dtype = nifti.get_data_dtype()
    shape = nifti.get_data_shape()
    _skip(stream, int(nifti["vox_offset"]) - int(nifti["sizeof_hdr"]))
    wanted = math.prod(int(n) for n in shape) * dtype.itemsize
    require_memory(max(wanted, 4 * wanted // dtype.itemsize if _is_scaled(nifti) else 0), what="the NIfTI header")
    data = stream.read(wanted)
    if len(data) < wanted:
        msg = f"the NIfTI is truncated: its header claims {wanted:,} bytes of voxels, found {len(data):,}"
        raise SourceError(msg, remedy="copy or convert it again")
    stream.read(1)  # reaching the end of a gzip stream checks its checksum
    return np.frombuffer(data, dtype).reshape(shape, order="F")


def _skip(stream: IO[bytes], count: int) -> None:
    while count > 0:
        skipped = len(stream.read(min(count, _SKIP)))
        if skipped == 0:
            raise SourceError("the NIfTI is truncated: it ends before its voxels", remedy="copy or convert it again")
        count -= skipped


def _header(nifti: Any, format: str) -> Header:
    dtype = nifti.get_data_dtype()
    order = np.argsort(_orientation(nifti)[:, 0])
    in_file = _spatial(nifti)
    shape = tuple(in_file[axis] for axis in order)[::-1]
    spacing = _spacing(nifti)
    ordered = tuple(spacing[axis] for axis in order)[::-1] if spacing else None
    axes = slice(1, None) if _is_plane(nifti) else slice(None)
    return Header(
        format,
        shape[axes],
        _channels(nifti),
        bits=8 if dtype.names else (32 if _is_scaled(nifti) else dtype.itemsize * 8),
        spacing=ordered[axes] if ordered else None,
        unit="mm" if ordered else None,
        notes=(note,) if (note := _affine(nifti)[1]) else (),
    )


def _spatial(nifti: Any) -> tuple[int, int, int]:
    x, y, z = (*nifti.get_data_shape(), 1, 1, 1)[:3]
    return int(x), int(y), int(z)


def _is_plane(nifti: Any) -> bool:
    # A file that states two axes only; its third place in RAS+ is the one it lacks, when it is not tilted.
    return len(nifti.get_data_shape()) == 2 and int(_orientation(nifti)[2, 0]) == 2


def _channels(nifti: Any) -> int:
    dtype = nifti.get_data_dtype()
    extra = [int(n) for n in nifti.get_data_shape()[3:] if n > 1]
    if dtype.kind not in "buif" and not _COLOURS.issubset(dtype.names or ()):
        raise SourceError(f"expected real voxel values, got {dtype}", remedy="save the magnitude as a real volume")
    if len(extra) > 1 or (extra and (dtype.names or extra[0] > MAX_CHANNELS)):
        msg = f"expected a volume with at most {MAX_CHANNELS} channels, got a series of shape {nifti.get_data_shape()}"
        raise SourceError(msg, remedy="average it, or save the volumes you mean one by one")
    return 3 if dtype.names else math.prod(extra)


def _is_scaled(nifti: Any) -> bool:
    slope, inter = nifti.get_slope_inter()
    return slope is not None and (slope, inter) != (1.0, 0.0)


def _scaled(stored: NDArray[Any], nifti: Any) -> NDArray[Any]:
    if stored.dtype.names:
        return np.stack([stored[colour] for colour in "RGB"], axis=-1)
    stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if not _is_scaled(nifti):
        return stored
    slope, inter = nifti.get_slope_inter()
    values = stored.astype(np.float32)
    values *= np.float32(slope)
    values += np.float32(inter)
    return values


def _channels_first(array: NDArray[Any], nifti: Any) -> NDArray[Any]:
    """(x, y, z, ...) -> (c, x, y, z)."""
    return np.moveaxis(array.reshape((*_spatial(nifti), -1), order="F"), -1, 0)


def _orientation(nifti: Any) -> NDArray[Any]:
    """nibabel's orientation of the closest RAS+ axes: row i says where axis i of the file goes, and whether flipped."""
    return nib.orientations.io_orientation(_affine(nifti)[0])


def _affine(nifti: Any) -> tuple[NDArray[np.float64], str]:
    """The affine from voxels to space and what was guessed: a void sform yields to the qform, as ITK-based tools do.

    Raises:
        SourceError: no usable affine is stated.
    """
    best = nifti.get_best_affine()
    if _is_regular(best):
        return best, ""
    if int(nifti["sform_code"]) > 0 and int(nifti["qform_code"]) > 0 and _is_regular(quaternion := nifti.get_qform()):
        return quaternion, "the sform is void, so the orientation is that of the qform"
    raise SourceError("the NIfTI's affine is singular or not finite", remedy="repair its orientation")


def _is_regular(affine: NDArray[np.float64]) -> bool:
    return bool(np.isfinite(affine).all()) and int(np.linalg.matrix_rank(affine[:3, :3])) == 3


def _after_channels(orientation: NDArray[Any]) -> NDArray[Any]:
    return np.vstack([[0, 1], orientation + np.array([1, 0])])


def _spacing(nifti: Any) -> tuple[float, ...] | None:
    """Along the file's own axes, in mm; what the header says of time does not matter.

    Raises:
        SourceError: the unit is none that the standard knows.
    """
    code = int(nifti["xyzt_units"]) & _LENGTH
    if code not in _MM:
        msg = f"expected a unit of length (0 unknown, 1 m, 2 mm, 3 um), got the code {code}: a damaged NIfTI header"
        raise SourceError(msg, remedy="set it: nibabel's header.set_xyzt_units('mm')")
    oriented = int(nifti["qform_code"]) > 0 or int(nifti["sform_code"]) > 0
    unit = _MM[code]
    if unit is None and not oriented:
        return None
    sizes = voxel_sizes(_affine(nifti)[0]) * (unit or 1.0)
    return tuple(float(size) for size in sizes) if (sizes > 0).all() else None
