"""`StoredBits`: which bits of a pixel's word are its value (DICOM PS3.5, 8.1.1), whatever decoder gave the word."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.values import value_of

_FRAME_STARTS = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7)
"""Markers of JPEG (ITU-T T.81, table B.1) and JPEG-LS after which the precision stands."""
_IMAGE_SIZE = b"\xff\x4f\xff\x51"  # start of a JPEG 2000 codestream (ITU-T T.800, A.5.1)
_SEARCHED = 4096  # bytes of a JPEG 2000 file before its codestream


@dataclass(frozen=True, slots=True)
class StoredBits:
    """Place of the value in a word: `stored` bits, the highest of them `high`, in a word of `allocated` bits.

    Args:
        allocated: Bits of a word.
        stored: Bits of the value.
        high: The value's highest bit, counted from 0.
        note: Remark for the provenance; empty when there is nothing to say.
    """

    allocated: int = 16
    stored: int = 16
    high: int = 15
    note: str = ""

    @classmethod
    def of(cls, dataset: Any) -> "StoredBits":
        """The bits that a header states.

        Raises:
            SourceError: the value does not fit into the word.
        """
        allocated = int(value_of(dataset, "BitsAllocated") or 16)
        stored = int(value_of(dataset, "BitsStored") or allocated)
        high = value_of(dataset, "HighBit")
        high = stored - 1 if high in (None, "") else int(high)
        if not 0 < stored <= allocated or high >= allocated:
            msg = f"expected values inside words of {allocated} bits, got {stored} bits up to bit {high}"
            raise SourceError(msg, remedy="correct BitsAllocated, BitsStored and HighBit, or export the file again")
        if high < stored - 1:
            note = f"HighBit {high} cannot hold values of {stored} bits; the lowest {stored} bits are taken"
            return cls(allocated, stored, stored - 1, note)
        low = high + 1 - stored
        return cls(allocated, stored, high, f"values taken from bits {low} to {high} of each word" if low else "")

    def values(self, words: NDArray[Any], *, precision: int | None = None) -> NDArray[Any]:
        """The values of decoded words: shifted down, other bits cut off, the sign carried up in a signed type.

        Args:
            words: Words as a decoder gives them, in a type as wide as they are or wider.
            precision: Bits of a word in a compressed stream, where that states them; a stream of the values alone
                needs no shift.

        Example:
            >>> import numpy as np
            >>> StoredBits(16, 12, 15).values(np.array([0x0645, 0x0FFF], np.uint16)).tolist()
            [100, 255]
            >>> StoredBits(16, 12, 11).values(np.array([0x0FFB], np.int16)).tolist()
            [-5]
        """
        width = words.dtype.itemsize * 8
        surplus = width - self.stored
        if words.dtype.kind not in "iu" or surplus <= 0:
            return words
        low = max(0, min(self.high + 1, precision or self.allocated, width) - self.stored)
        return (words << (surplus - low)) >> surplus


def precision_of(stream: bytes) -> int | None:
    """Bits of a sample in a JPEG, JPEG-LS or JPEG 2000 stream; None where the bytes are none of these.

    Example:
        >>> precision_of(b"RLE, say") is None
        True
    """
    start = stream.find(_IMAGE_SIZE, 0, _SEARCHED)
    if start >= 0 and len(stream) > start + 42:
        return (stream[start + 42] & 0x7F) + 1
    offset = 2 if stream[:2] == b"\xff\xd8" else len(stream)
    while offset + 5 <= len(stream) and stream[offset] == 0xFF:
        marker = stream[offset + 1]
        if marker in _FRAME_STARTS:
            return stream[offset + 4]
        offset += 1 if marker == 0xFF else 2 + int.from_bytes(stream[offset + 2 : offset + 4], "big")
    return None


def widest_precision(dataset: Any, *, frames: int) -> int | None:
    """The largest precision of the compressed frames of a data set; None where a frame states none."""
    from pydicom.encaps import generate_frames

    stated = [
        precision_of(frame) for frame in islice(generate_frames(dataset.PixelData, number_of_frames=frames), frames)
    ]
    known = [precision for precision in stated if precision is not None]
    return max(known) if known and len(known) == len(stated) else None


FULL_WORDS = StoredBits()
"""Values of 16 bits in words of 16 bits."""
