"""`merged_labels`: the masks of a case -> one label image, for formats that hold one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.core.case import Case
from lexiscope.corpus.store import Corpus


@dataclass(frozen=True, slots=True)
class MergedLabels:
    """One label image of a case.

    Args:
        data: A compressed NIfTI file.
        several: Masks that held several values, which counted as one.
    """

    data: bytes
    several: int = 0


def merged_labels(corpus: Corpus, case: Case, structures: Sequence[str]) -> MergedLabels | str:
    """The label image of a case, or why there is none.

    Args:
        corpus: Holds the masks, all of them NIfTI.
        case: A case with a mask of each structure.
        structures: Structures by value: the first is 1.

    Raises:
        SourceError: a mask is damaged.
    """
    from lexiscope.sources.formats.nifti import label_bytes, read_volume_values

    first = None
    labels = np.zeros((), np.uint8 if len(structures) <= np.iinfo(np.uint8).max else np.uint16)
    several = 0
    for value, structure in enumerate(structures, start=1):
        nifti, values = read_volume_values(corpus.checked_path(case.masks[structure]))
        affine = nifti.get_best_affine()
        if first is None:
            first, labels = nifti, np.zeros(values.shape, labels.dtype)
        elif values.shape != labels.shape or not np.allclose(affine, first.get_best_affine(), atol=1e-3):
            return "whose masks lie on different grids"
        marked = values > 0
        if labels[marked].any():
            return "whose masks overlap"
        labels[marked] = value
        several += len(np.unique(values[marked])) > 1
    return MergedLabels(label_bytes(first, labels), several)
