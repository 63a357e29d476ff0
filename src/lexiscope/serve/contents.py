"""`Contents`: which image of a corpus has a content hash, found without reading the corpus for every request."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.case import Case
from lexiscope.core.image import Image
from lexiscope.corpus import Corpus

_DIGITS = 64
_TRIES = 2  # a refresh between the two looks may have moved the case


@dataclass(frozen=True, slots=True)
class Placed:
    """An image or mask and the first case that has it."""

    image: Image
    case: Case


class Contents:
    """Content hashes of a corpus, sorted: 36 bytes an image. Read again when the corpus is another version.

    Args:
        corpus: The corpus; what others write is seen after its `refresh`.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._lock = threading.Lock()
        self._version = ""
        self._hashes: NDArray[np.bytes_] = np.empty(0, "S32")
        self._places: NDArray[np.int32] = np.empty(0, np.int32)

    def find(self, content: str) -> Placed | None:
        """The image or mask of a content hash; None where the corpus has none."""
        for _ in range(_TRIES):
            place = self._place(content)
            if place is None:
                return None
            (case,) = self._corpus.at([place])
            images = (*case.images.values(), *case.masks.values())
            found = next((image for image in images if image.content == content), None)
            if found is not None:
                return Placed(found, case)
        return None

    def _place(self, content: str) -> int | None:
        try:
            wanted = np.bytes_(bytes.fromhex(content)) if len(content) == _DIGITS else None
        except ValueError:
            return None
        if wanted is None:
            return None
        with self._lock:
            self._bring_up_to_date()
            at = int(np.searchsorted(self._hashes, wanted))
            return int(self._places[at]) if at < len(self._hashes) and self._hashes[at] == wanted else None

    def _bring_up_to_date(self) -> None:
        version = self._corpus.version
        if version == self._version:
            return
        pairs = np.fromiter(self._pairs(), [("content", "S32"), ("place", np.int32)])
        pairs.sort(order=("content", "place"))
        self._hashes, self._places, self._version = pairs["content"].copy(), pairs["place"].copy(), version

    def _pairs(self) -> Iterator[tuple[bytes, int]]:
        for place, row in enumerate(self._corpus.rows(columns=["images", "masks"])):
            for image in (*row["images"], *row["masks"]):
                yield bytes.fromhex(image["content"]), place
