"""`ViewCache`: prepared arrays on disk, named by what they show and how."""

from pathlib import Path

import numpy as np
from jaxtyping import Float16

from lexiscope.core.errors import SourceError, ViewError
from lexiscope.core.files import write_beside
from lexiscope.core.image import Image
from lexiscope.views.view import View


class ViewCache:
    """Prepared arrays on disk, one file each, mapped into memory when read.

    A file is named by the image's content and the view's key, so it never goes stale; it appears whole or not at all,
    so any number of processes may share the folder and any of them may be killed. It can be deleted at any time.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def get(self, image: Image, path: Path, view: View) -> Float16[np.ndarray, "..."]:
        """The prepared array of `image`, whose file lies at `path`; read-only.

        Raises:
            ViewError: the file cannot be read, or the view cannot prepare it.
        """
        place = self.root / image.content[:2] / f"{image.content}-{view.key}.npy"
        found = _read(place, view.shape)
        if found is not None:
            return found
        prepared = _prepare(image, path, view)
        with write_beside(place) as part, part.open("wb") as stream:
            np.save(stream, prepared)
        prepared.flags.writeable = False
        return prepared


def _read(place: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """None when the file is not there, or is damaged and has to be made again."""
    try:
        array: np.ndarray = np.load(place, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array if array.shape == shape and array.dtype == np.float16 else None


def _prepare(image: Image, path: Path, view: View) -> np.ndarray:
    from lexiscope.sources.pixels import read_pixels

    try:
        return view.prepare(read_pixels(path), image.spacing)
    except SourceError as error:
        msg = f"{image.modality} at {path} cannot be read: {error}; {error.remedy}"
        raise ViewError(msg) from error
