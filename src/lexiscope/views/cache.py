"""`ViewCache`: prepared arrays on disk, by image and view."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
from jaxtyping import Float16

from lexiscope.core.errors import CorpusError, SourceError, ViewError
from lexiscope.core.files import write_beside
from lexiscope.core.image import Image
from lexiscope.views.view import View


class ViewCache:
    """Prepared arrays on disk, one file each, mapped into memory when read.

    A file is named by the image's content and the view's key, so it never goes stale; it appears whole or not at all,
    so any number of processes may share the folder and any of them may be killed. It can be deleted at any time.

    Args:
        root: Directory of the files; it need not exist.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def get(self, image: Image, path: Path, view: View) -> Float16[np.ndarray, "..."]:
        """Prepared array of `image`, whose file lies at `path`; memory-mapped and read-only.

        Raises:
            ViewError: the file cannot be read, or the view cannot prepare it.
        """
        place = self._place(image, view)
        mapped = _mapped(place, view.shape)
        return self._make(image, path, view, place=place) if mapped is None else mapped

    def read_into(self, out: Float16[np.ndarray, "..."], image: Image, path: Path, view: View) -> None:
        """Copy the prepared array of `image` into `out`.

        One read straight into a batch is faster than touching a mapping page by page.

        Args:
            out: Contiguous array of `view.shape` that is written to.
            image: The image to prepare.
            path: File of the image.
            view: View that prepares it.

        Raises:
            ViewError: the file cannot be read, or the view cannot prepare it.
        """
        place = self._place(image, view)
        if not _read(place, out):
            np.copyto(out, self._make(image, path, view, place=place))

    def _place(self, image: Image, view: View) -> Path:
        return self.root / image.content[:2] / f"{image.content}-{view.key}.npy"

    def _make(self, image: Image, path: Path, view: View, *, place: Path) -> np.ndarray:
        prepared = _prepare(image, path, view)
        with write_beside(place) as part, part.open("wb") as stream:
            np.save(stream, prepared)
        prepared.flags.writeable = False
        return prepared


def _mapped(place: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """None when the file is not there, or is damaged and has to be made again."""
    try:
        array: np.ndarray = np.load(place, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array if array.shape == shape and array.dtype == np.float16 else None


def _read(place: Path, out: np.ndarray) -> bool:
    """False when the file is not there, or is damaged and has to be made again."""
    header = _header(out.shape)
    try:
        with place.open("rb", buffering=0) as stream:
            return stream.read(len(header)) == header and stream.readinto(out.data.cast("B")) == out.nbytes
    except OSError:
        return False


@lru_cache(maxsize=64)
def _header(shape: tuple[int, ...]) -> bytes:
    """Header that `np.save` writes before the values."""
    stream = BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f2", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def _prepare(image: Image, path: Path, view: View) -> np.ndarray:
    from lexiscope.corpus.objects import require_content
    from lexiscope.sources.pixels import read_pixels
    from lexiscope.sources.steady import steady

    try:
        with steady(path):
            require_content(path, image)
            return view.prepare(read_pixels(path), image.spacing)
    except SourceError as error:
        msg = f"{image.modality} at {path} cannot be read: {error}; {error.remedy}"
        raise ViewError(msg) from error
    except CorpusError as error:
        raise ViewError(f"{image.modality} at {path} cannot be read: {error}") from error
