"""Masks of a corpus: their pixels, and which structures there are.

A structure in `Case.masks` was searched for in this case, and is absent where no pixel is marked (`Image.marked` is 0);
a structure that is not there was not annotated. Label images with several values, which corpora of earlier versions
hold, count as marked wherever they are not 0.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.corpus.store import Corpus
from lexiscope.sources.pixels import read_pixels


def read_mask(corpus: Corpus, case: Case, structure: str) -> NDArray[np.bool_]:
    """Marked pixels of a structure, `(z, y, x)` or `(y, x)`, in the orientation in which `read_pixels` gives images.

    Raises:
        UsageError: the case has no mask of the structure.
        CorpusError: the mask's file is gone.
    """
    if structure not in case.masks:
        named = ", ".join(case.masks) or "none"
        raise UsageError(f"case {case.id} is not annotated for {structure!r}. Its structures: {named}")
    pixels = read_pixels(corpus.object_path(case.masks[structure]))
    return np.asarray((pixels > 0).any(axis=0))


def structures_of(corpus: Corpus) -> dict[str, int]:
    """Structures of a corpus with the number of cases that were searched for them."""
    counts = Counter(mask["modality"] for row in corpus.rows(columns=["masks"]) for mask in row["masks"])
    return dict(sorted(counts.items()))
