"""`MeasuredCase`: images and true masks of a case, decoded once for everything that is asked about it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from lexiscope.core.case import Case
from lexiscope.core.errors import SourceError, ViewError
from lexiscope.core.image import Image
from lexiscope.corpus.store import Corpus
from lexiscope.views.case_grid import CaseGrid, PreparedCase
from lexiscope.views.voxels import Voxels, laid_over


@dataclass(frozen=True)
class MeasuredCase:
    """One case, decoded. Use `MeasuredCase.read`.

    Args:
        case: The case.
        images: Modality -> voxels.
        masks: Structure -> voxels; the first one's grid is that of all scores.
    """

    case: Case
    images: Mapping[str, Voxels]
    masks: Mapping[str, Voxels]

    @classmethod
    def read(
        cls, corpus: Corpus, case: Case, *, modalities: Collection[str], structures: Collection[str]
    ) -> "MeasuredCase":
        """Decode the files of a case.

        Args:
            corpus: Corpus that holds them.
            case: Case with an image and a mask of these.
            modalities: Modalities that a model reads.
            structures: Structures that are measured.

        Raises:
            ViewError: a file that cannot be read; names the case.
        """
        images = {name: image for name, image in case.images.items() if name in modalities}
        masks = {name: mask for name, mask in case.masks.items() if name in structures}
        try:
            return cls(case, _decoded(corpus, images), _decoded(corpus, masks))
        except SourceError as error:
            raise ViewError(f"case {case.id}: {error}") from error

    @property
    def spacing(self) -> tuple[float, float, float]:
        """(z, y, x) of a voxel of the masks, each 1 where nobody knows it."""
        known = next(iter(self.masks.values())).spacing or (1.0, 1.0)
        z, y, x = (1.0, *known)[-3:]
        return z, y, x

    def prepared(self, grid: CaseGrid) -> PreparedCase:
        """The images on a model's grid; results are restored to the grid of the first mask.

        Raises:
            ViewError: images that cannot be laid over each other; names the case.
        """
        name, mask = next(iter(self.masks.items()))
        try:
            return grid.prepare(self.images, {name: mask})
        except ViewError as error:
            raise ViewError(f"case {self.case.id}: {error}") from error

    def truth(self) -> dict[str, Bool[np.ndarray, "z y x"]]:
        """Structure -> its true mask; all on the grid of the first one.

        Raises:
            ViewError: masks that show no common place; names the case.
        """
        first = next(iter(self.masks.values()))
        try:
            return {
                name: (laid_over(mask, first, nearest=True) > 0).any(axis=0).reshape(first.shape)
                for name, mask in self.masks.items()
            }
        except ViewError as error:
            raise ViewError(f"case {self.case.id}: {error}") from error


def _decoded(corpus: Corpus, images: Mapping[str, Image]) -> dict[str, Voxels]:
    return {name: Voxels.read(corpus.object_path(image), image.spacing) for name, image in images.items()}
