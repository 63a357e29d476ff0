"""`Contents`: which image of a corpus has a content hash, found without reading the corpus for every request."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.image import Image
from lexiscope.corpus import Corpus

_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Placed:
    """An image or mask and the first case that has it."""

    image: Image
    case: Case


class Contents:
    """Content hashes of a corpus as it is now, sorted: 36 bytes an image. Made once a state of it, by `Kept`.

    Args:
        corpus: The corpus.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        pairs = np.fromiter(_pairs(corpus), [("content", "S32"), ("place", np.int32)])
        pairs.sort(order=("content", "place"))
        self._hashes, self._places = pairs["content"].copy(), pairs["place"].copy()

    def find(self, content: str) -> Placed | None:
        """The image or mask of a content hash; None where the corpus has none."""
        place = self._place(content)
        if place is None:
            return None
        (case,) = self._corpus.at([place])
        images = (*case.images.values(), *case.masks.values())
        return next((Placed(image, case) for image in images if image.content == content), None)

    def _place(self, content: str) -> int | None:
        try:
            wanted = np.bytes_(bytes.fromhex(content)) if len(content) == _DIGITS else None
        except ValueError:
            return None
        if wanted is None:
            return None
        at = int(np.searchsorted(self._hashes, wanted))
        return int(self._places[at]) if at < len(self._hashes) and self._hashes[at] == wanted else None


def _pairs(corpus: Corpus) -> Iterator[tuple[bytes, int]]:
    for place, row in enumerate(corpus.rows(columns=["images", "masks"])):
        for image in (*row["images"], *row["masks"]):
            yield bytes.fromhex(image["content"]), place
