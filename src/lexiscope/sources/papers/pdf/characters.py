"""Characters of a page as pdfium holds them, in columns: no Python runs between one character and the next."""

from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.sources.papers.pdf.bare import address, bare

_LAST = 0x10FFFF  # code point
_HALF = ~0x3FF  # bits that tell the halves of a pair of UTF-16 from other codes
_HIGH, _LOW = 0xD800, 0xDC00


@dataclass(frozen=True, slots=True)
class Characters:
    """Characters of a page in the order of the file.

    Args:
        numbers: (n,) numbers by which the file's page knows them.
        codes: (n,) code points.
        boxes: (n, 4) left, bottom, right and top in the file's coordinates.
        texts: (n,) addresses of the text objects that they belong to, 0 for none.
    """

    numbers: NDArray[np.int64]
    codes: NDArray[np.int64]
    boxes: NDArray[np.float64]
    texts: NDArray[np.uint64]


def read_characters(textpage: Any) -> Characters:
    """All characters of a text page of pypdfium2 that have a code and a place."""
    page = address(textpage.raw)
    count = max(0, bare("FPDFText_CountChars")(page))
    codes = np.array(list(map(bare("FPDFText_GetUnicode"), repeat(page), range(count))), np.int64)
    boxes = np.zeros((count, 4), np.float32)  # left, top, right, bottom, as FS_RECTF has them
    rows = range(boxes.ctypes.data, boxes.ctypes.data + boxes.nbytes, 16) if count else ()
    placed = np.array(list(map(bare("FPDFText_GetLooseCharBox"), repeat(page), range(count), rows)), bool)
    texts = np.array(list(map(bare("FPDFText_GetTextObject"), repeat(page), range(count))), np.uint64)
    codes = _whole(codes)
    kept = np.flatnonzero(placed & (codes > 0) & (codes <= _LAST))
    return Characters(kept, codes[kept], boxes[kept][:, [0, 3, 2, 1]].astype(np.float64), texts[kept])


def _whole(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes with two halves of UTF-16 as the code point that they stand for, at the first; 0 for other halves."""
    high, low = codes & _HALF == _HIGH, codes & _HALF == _LOW
    if not high.any() and not low.any():
        return codes
    whole = np.where(high | low, 0, codes)
    pairs = np.flatnonzero(high[:-1] & low[1:])
    whole[pairs] = 0x10000 + ((codes[pairs] - _HIGH) << 10) + (codes[pairs + 1] - _LOW)
    return whole
