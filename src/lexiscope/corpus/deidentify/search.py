"""`Search`: which of many texts stand anywhere in a file's bytes, in one pass whatever their number."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.deidentify.spellings import encoded

_PREFIX = 4  # bytes; every text that is searched for is at least this long
_TABLE = 1 << 22
_CHUNK = 1 << 22  # bytes that are looked up at once
_SHORTEST = 6  # bytes of a spelling; shorter ones stand in pixels by accident
_SPREAD = np.uint32(2654435761)  # Knuth's multiplicative hash (The Art of Computer Programming 3, 6.4)


class Search:
    """Finds texts in bytes, in capitals or not, with any separators, in every character set that DICOM knows.

    Every four bytes of the data are looked up in a table of the texts' first four; only where that hits, the texts with
    this start are compared.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts: dict[bytes, str] = {form: text for text in texts for form in encoded(text, shortest=_SHORTEST)}
        self._lengths: dict[bytes, set[int]] = defaultdict(set)
        for form in self._texts:
            self._lengths[form[:_PREFIX]].add(len(form))
        self._table = np.zeros(_TABLE, bool)
        self._table[_places(b"".join(self._lengths), step=_PREFIX)] = True

    def found_in(self, data: bytes) -> set[str]:
        """The texts that stand in `data`.

        Example:
            >>> sorted(Search(["Müller", "HOSP-4711"]).found_in("Frau MÜLLER, hosp-4711".encode()))
            ['HOSP-4711', 'Müller']
        """
        if not self._texts:
            return set()
        lowered = data.lower()
        values = set()
        for start in range(0, len(data), _CHUNK):
            hits = np.flatnonzero(self._table[_places(lowered[start : start + _CHUNK + _PREFIX - 1])])
            for offset in (hits + start).tolist():
                for length in self._lengths.get(lowered[offset : offset + _PREFIX], ()):
                    if (text := self._texts.get(lowered[offset : offset + length])) is not None:
                        values.add(text)
        return values


def _places(data: bytes, *, step: int = 1) -> NDArray[np.uint32]:
    """Places in the table of the four bytes that start at every `step`-th byte."""
    if len(data) < _PREFIX:
        return np.zeros(0, np.uint32)
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), _PREFIX)[::step]
    words = np.ascontiguousarray(windows).view(np.uint32)[:, 0]
    return (words * _SPREAD) >> np.uint32(10)  # 32 - 10 bits: 2^22 places
