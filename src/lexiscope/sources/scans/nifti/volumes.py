"""Files of scans: NIfTI as it is; MGH, pairs of Analyze and NIfTI-1, NRRD and MetaImage converted to it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import ImageFile
from lexiscope.sources.encode import volume_file
from lexiscope.sources.formats.header import Header
from lexiscope.sources.formats.metaimage import read_metaimage
from lexiscope.sources.formats.nrrd import read_nrrd
from lexiscope.sources.formats.raw_voxels import RawVolume
from lexiscope.sources.paths import inside
from lexiscope.sources.steady import steady
from lexiscope.sources.structures import Structure

_NIFTI = (".nii.gz", ".nii")
_BY_NIBABEL = (".mgz", ".mgh", ".hdr")
_READERS: dict[str, Callable[[Path, Path], RawVolume]] = {
    ".nrrd": read_nrrd,
    ".nhdr": read_nrrd,
    ".mha": read_metaimage,
    ".mhd": read_metaimage,
}
_CONVERTED = (*_BY_NIBABEL, *_READERS)
SCAN_SUFFIXES = (*_NIFTI, *_CONVERTED)
_PIXELS = (".img", ".img.gz", ".IMG")


@dataclass(frozen=True, slots=True)
class Volume:
    """One scan of a case.

    Args:
        image: The file, or what it was converted to.
        files: Files that it was made from.
        steps: Remarks on the conversion.
        structures: Structures of a label image, where the file names them.
    """

    image: ImageFile
    files: tuple[Path, ...]
    steps: tuple[str, ...] = ()
    structures: tuple[Structure, ...] = ()


def is_scan(path: Path) -> bool:
    """True for a file with the suffix of a scan; hidden ones are none."""
    return path.name.lower().endswith(SCAN_SUFFIXES) and not path.name.startswith(".") and not path.is_dir()


def stem_of(name: str, suffixes: tuple[str, ...] = SCAN_SUFFIXES) -> str:
    """A file's name without the suffix of its format.

    Example:
        >>> stem_of("flair.nii.gz"), stem_of("t1.MGZ"), stem_of("flair.nii")
        ('flair', 't1', 'flair')
    """
    suffix = max((suffix for suffix in suffixes if name.lower().endswith(suffix)), key=len, default="")
    return name[: len(name) - len(suffix)]


def scan_files(path: Path) -> tuple[Path, ...]:
    """A scan's file, with the other half of a pair where it is one."""
    return (path, *_pixels_of(path)) if path.name.lower().endswith(".hdr") else (path,)


def read_volume(root: Path, name: str) -> Volume:
    """The scan that `name` stands for, relative to `root`.

    Raises:
        SourceError: it leaves `root`, lacks its other half, is damaged, or holds a series.
    """
    path = inside(root, name)
    if not name.lower().endswith(_CONVERTED):
        return Volume(ImageFile(path), (path,))
    files = (path, *(inside(root, str(half.relative_to(root.resolve()))) for half in _pixels_of(path)))
    if name.lower().endswith(".hdr") and len(files) == 1:
        raise SourceError(
            f"{path.name} has no .img with its voxels beside it", remedy="add it, or leave the header out"
        )
    try:
        reader = _READERS.get(path.suffix.lower())
        with ExitStack() as stack:
            for file in files:
                stack.enter_context(steady(file))
            return _converted(path, files) if reader is None else _of_raw(reader(root, path), path.suffix)
    except SourceError as error:
        raise SourceError(f"{path.name}: {error}", remedy=error.remedy) from error
    except Exception as error:  # on damaged bytes the readers raise nearly anything
        msg = f"{path.name} is a damaged scan: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise SourceError(msg, remedy="copy it again, or convert it to .nii.gz") from error


def _of_raw(volume: RawVolume, suffix: str) -> Volume:
    title = "NRRD" if suffix.lower() in (".nrrd", ".nhdr") else "MetaImage"
    steps = (f"converted from {title}", *volume.steps)
    return Volume(volume_file(volume.values, volume.affine), volume.files, steps, volume.structures)


def _pixels_of(path: Path) -> list[Path]:
    stem = path.name[: -len(".hdr")]
    halves = (path.with_name(stem + suffix) for suffix in _PIXELS)
    return [half for half in halves if half.is_file()][:1]


def _converted(path: Path, files: tuple[Path, ...]) -> Volume:
    import nibabel as nib

    image: Any = nib.load(path)
    shape = tuple(int(n) for n in image.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3:
        raise SourceError(f"a series of shape {shape}, and a case holds one moment", remedy="save the volume you mean")
    Header("nifti", shape, 1, bits=64)  # refuses what is too large before any of it is read
    if not np.isfinite(image.affine).all() or np.linalg.matrix_rank(image.affine[:3, :3]) < 3:
        raise SourceError("the affine is singular or not finite", remedy="repair its orientation")
    values = np.asanyarray(image.dataobj).reshape(shape)
    kind = np.float32 if values.dtype == np.float64 else values.dtype.newbyteorder("=")
    plain = isinstance(image, nib.AnalyzeImage) and not isinstance(image, nib.Nifti1Pair)
    guessed = ("Analyze states no orientation: taken as radiological (x from right to left)",) if plain else ()
    title = "MGH" if path.suffix.lower() in (".mgz", ".mgh") else ".hdr and .img"
    steps = (f"converted from {title} by nibabel", *guessed)
    return Volume(volume_file(values.astype(kind, copy=False).transpose(2, 1, 0), image.affine), files, steps)
