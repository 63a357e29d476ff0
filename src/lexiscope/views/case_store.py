"""`CaseStore`: prepared cases of a corpus, kept on disk and mapped into memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.errors import CorpusError, SourceError, ViewError
from lexiscope.core.files import sha256_json, write_beside
from lexiscope.core.image import Image
from lexiscope.sources.grid import Grid
from lexiscope.views.batch import HoldsObjects
from lexiscope.views.case_grid import CaseGrid, PreparedCase
from lexiscope.views.voxels import Voxels


@dataclass(frozen=True)
class CaseStore:
    """Prepared cases, one folder each, made when they are first asked for.

    A folder is named by the contents of the case's images and masks and by the grid's key, so it never goes stale; each
    file appears whole or not at all. All of it can be deleted at any time.

    Args:
        corpus: Corpus that holds the files.
        root: Folder of the prepared cases; it need not exist.
        grid: Settings of the common grid.
    """

    corpus: HoldsObjects
    root: Path
    grid: CaseGrid

    def get(self, case: Case, structures: Collection[str]) -> PreparedCase:
        """A prepared case; its arrays are mapped into memory and read-only.

        Args:
            case: Case of the corpus.
            structures: Structures whose masks are wanted, where the case has them.

        Raises:
            ViewError: an image that cannot be read or laid over the others; names the case.
        """
        masks = {name: mask for name, mask in case.masks.items() if name in structures}
        images = {name: image for name, image in case.images.items() if name in self.grid.channels}
        contents = [sorted((name, image.content) for name, image in part.items()) for part in (images, masks)]
        folder = self.root / sha256_json([self.grid.key, *contents])[:32]
        kept = _kept(folder, images, masks)
        return self._make(case, images, masks, folder) if kept is None else kept

    def _make(self, case: Case, images: Mapping[str, Image], masks: Mapping[str, Image], folder: Path) -> PreparedCase:
        try:
            prepared = self.grid.prepare(
                {name: self._voxels(image) for name, image in images.items()},
                {name: self._voxels(mask) for name, mask in masks.items()},
            )
        except (CorpusError, SourceError, ViewError) as error:
            raise ViewError(f"case {case.id}: {error}") from error
        for name, array in prepared.images.items():
            _write(folder / f"image-{_safe(name)}.npy", array)
        for name, mask in prepared.masks.items():
            _write(folder / f"mask-{_safe(name)}.npy", mask)
        affine = np.zeros((0, 0)) if prepared.grid.affine is None else prepared.grid.affine
        _write(folder / "shape.npy", np.array(prepared.grid.shape))
        _write(folder / "affine.npy", affine)
        return prepared

    def _voxels(self, image: Image) -> Voxels:
        from lexiscope.corpus.objects import require_content
        from lexiscope.sources.steady import steady

        path = self.corpus.object_path(image)
        with steady(path):
            require_content(path, image)
            return Voxels.read(path, image.spacing)


def _kept(folder: Path, images: Mapping[str, Image], masks: Mapping[str, Image]) -> PreparedCase | None:
    try:
        affine = np.load(folder / "affine.npy", allow_pickle=False)  # written last
        shape = tuple(int(n) for n in np.load(folder / "shape.npy", allow_pickle=False))
        return PreparedCase(
            {name: _mapped(folder / f"image-{_safe(name)}.npy") for name in sorted(images)},
            {name: _mapped(folder / f"mask-{_safe(name)}.npy") for name in masks},
            Grid(shape, affine if affine.size else None),
        )
    except (OSError, ValueError, EOFError):
        return None


def _mapped(path: Path) -> np.ndarray:
    array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def _write(path: Path, array: np.ndarray) -> None:
    with write_beside(path) as part, part.open("wb") as stream:
        np.save(stream, array)


def _safe(name: str) -> str:
    return sha256_json(name)[:16]
