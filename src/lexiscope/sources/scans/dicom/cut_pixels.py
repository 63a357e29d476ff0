"""`refuse_cut_pixels`: says of a file that ends within its pixels what is missing."""

from pathlib import Path
from typing import Any, BinaryIO, Literal

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.files import read_dataset
from lexiscope.sources.scans.dicom.values import value_of
from lexiscope.sources.steady import open_input

REMEDY = "copy or export the file again"
_UNDEFINED = 0xFFFFFFFF
_ITEM = b"\xfe\xff\x00\xe0"


def refuse_cut_pixels(path: Path) -> None:
    """Refuse a file that holds fewer bytes of pixels than its header claims; nothing to say of any other.

    Raises:
        SourceError: it ends within its pixels; names the bytes, frames and fragments that are claimed and that came.
    """
    header, offset = read_dataset(path)
    with open_input(path) as stream:
        start, length = _element(stream, header, offset)
        if length is None:
            return
        came = path.stat().st_size - start
        if length == _UNDEFINED:
            _refuse_cut_fragments(stream, header, start)
        elif came < length:
            raise SourceError(f"the file is truncated: {_claimed(header, length, came)}", remedy=REMEDY)


def native_bytes(dataset: Any) -> int:
    """Bytes that a header claims for the pixels of all frames, uncompressed.

    Example:
        >>> from pydicom.dataset import Dataset
        >>> header = Dataset()
        >>> header.Rows, header.Columns, header.BitsAllocated = 4, 6, 16
        >>> native_bytes(header)
        48
    """
    sizes = [int(value_of(dataset, name) or 1) for name in ("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames")]
    bits = int(value_of(dataset, "BitsAllocated") or 8)
    for size in sizes:
        bits *= size
    return -(-bits // 8)


def _element(stream: BinaryIO, header: Any, offset: int) -> tuple[int, int | None]:
    """First byte of the pixels' value and its length; no length where no such element stands (DICOM PS3.5, 7.1)."""
    implicit, little = header.original_encoding
    stream.seek(offset)
    head = stream.read(8 if implicit else 12)
    order: Literal["little", "big"] = "little" if little else "big"
    if len(head) < (8 if implicit else 12) or int.from_bytes(head[:2], order) != 0x7FE0:
        return offset, None
    return offset + len(head), int.from_bytes(head[-4:], order)


def _claimed(header: Any, length: int, came: int) -> str:
    text = f"its header claims {length:,} bytes of pixels, {came:,} came"
    frames = int(value_of(header, "NumberOfFrames") or 1)
    whole = came * frames // length
    return f"{text}, which is {whole} of {frames} frames" if frames > 1 else text


def _refuse_cut_fragments(stream: BinaryIO, header: Any, start: int) -> None:
    """Walk over the items of compressed pixels (DICOM PS3.5, A.4); the first holds offsets and no pixels."""
    stream.seek(start)
    items = 0
    while len(head := stream.read(8)) == 8 and head[:4] == _ITEM:
        length = int.from_bytes(head[4:], "little")
        came = len(stream.read(length))
        if came < length:
            what = f"{_place(items)} has {length:,} bytes, {came:,} came"
            raise SourceError(f"the file is truncated: {what}{_of_frames(header, items)}", remedy=REMEDY)
        items += 1
    if len(head) < 8:
        what = f"its compressed pixels end after {max(0, items - 1)} fragments, before the mark of their end"
        raise SourceError(f"the file is truncated: {what}{_of_frames(header, items)}", remedy=REMEDY)


def _place(items: int) -> str:
    return f"fragment {items} of its compressed pixels" if items else "the table before its compressed pixels"


def _of_frames(header: Any, items: int) -> str:
    frames = int(value_of(header, "NumberOfFrames") or 1)
    return f"; its header claims {frames} frames, {max(0, items - 1)} fragments are whole" if frames > 1 else ""
