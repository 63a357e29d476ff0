"""`Contents`: which image of a corpus has a content hash, found without reading the corpus for every request."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from lexiscope.core.image import Image
from lexiscope.corpus import Corpus

_DIGITS = 64
_REMEMBERED = 4096  # images: a viewer asks for many tiles of one, and a row of the corpus takes a millisecond


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
        self._found = lru_cache(_REMEMBERED)(self._read)

    def find(self, content: str) -> Image | None:
        """The image or mask of a content hash, of the first case that has it; None where the corpus has none."""
        return self._found(content)

    def _read(self, content: str) -> Image | None:
        place = self._place(content)
        if place is None:
            return None
        (case,) = self._corpus.at([place])
        images = (*case.images.values(), *case.masks.values())
        return next((image for image in images if image.content == content), None)

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
