"""Bits of pixels' words that are no part of the values: overlays drew into them, and so can anybody (PS3.5, 8.1.1)."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.deidentify.pixels import decoded_frames, store_frames
from lexiscope.sources.scans.dicom.decode import transfer_syntax
from lexiscope.sources.scans.dicom.stored_bits import StoredBits, widest_precision

_WORDS = (8, 16, 32, 64)


def clear_unused_bits(dataset: Any) -> int:
    """Empty the bits beside the values and drop the bytes after the last pixel; the values stay.

    Compressed pixels are stored uncompressed when their words hold anything beside the values.

    Returns:
        Words that held something.

    Raises:
        SourceError: the header contradicts itself, or compressed words that may hold something cannot be decoded.
    """
    if "PixelData" not in dataset:
        return 0
    bits, kind = StoredBits.of(dataset), transfer_syntax(dataset)
    if not kind.is_encapsulated:
        _cut(dataset, bits)
    if bits.stored == bits.allocated or bits.allocated not in _WORDS:
        return 0
    if not kind.is_encapsulated:
        return _clear_native(dataset, bits)
    frames = max(1, int(dataset.get("NumberOfFrames") or 1))
    precision = widest_precision(dataset, frames=frames)
    if precision is not None and precision <= bits.stored:
        return 0
    words = decoded_frames(dataset)
    values = bits.values(words, precision=precision)
    held = _held(words, values, low=_lowest(bits, precision), stored=bits.stored)
    if held:
        dataset.HighBit = bits.stored - 1
        store_frames(dataset, values.astype(f"{words.dtype.kind}{bits.allocated // 8}"))
    return held


def _clear_native(dataset: Any, bits: StoredBits) -> int:
    _, little = dataset.original_encoding
    sign = "i" if dataset.get("PixelRepresentation") else "u"
    dtype = np.dtype(f"{'<' if little else '>'}{sign}{bits.allocated // 8}")
    data = dataset.PixelData
    words = np.frombuffer(data, dtype, len(data) // dtype.itemsize)
    values, low = bits.values(words), _lowest(bits, None)
    held = _held(words, values, low=low, stored=bits.stored)
    if held:
        cleared = (values << low).astype(dtype).tobytes()
        dataset.PixelData = cleared + bytes(len(data) - len(cleared))
    return held


def _lowest(bits: StoredBits, precision: int | None) -> int:
    return max(0, min(bits.high + 1, precision or bits.allocated) - bits.stored)


def _held(words: NDArray[Any], values: NDArray[Any], *, low: int, stored: int) -> int:
    """Words with anything beside the value; zeros and a sign that is carried up are nothing."""
    native = words.astype(words.dtype.newbyteorder("="))
    mask = np.array(((1 << stored) - 1) << low, np.uint64).astype(f"u{words.dtype.itemsize}")
    beside = native.view(mask.dtype) & ~mask
    return int(((beside != 0) & (words != values << low)).sum())


def _cut(dataset: Any, bits: StoredBits) -> None:
    """Drop what stands after the last pixel of uncompressed pixels."""
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        return  # fewer bytes than its rows and columns say
    frames = max(1, int(dataset.get("NumberOfFrames") or 1))
    count = frames * int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("SamplesPerPixel") or 1)
    size = math.ceil(count * bits.allocated / 8)
    if len(dataset.PixelData) > size:
        dataset.PixelData = dataset.PixelData[:size] + bytes(size % 2)
