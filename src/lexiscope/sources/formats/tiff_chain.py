"""`refuse_endless`: TIFF files whose list of images leads back into itself, which a reader would follow for ever."""

import struct
from pathlib import Path
from typing import BinaryIO

from lexiscope.core.errors import SourceError
from lexiscope.sources.steady import open_input

_ORDERS = {b"II": "<", b"MM": ">"}
_CLASSIC, _BIG = 42, 43
_LAYOUTS = {_CLASSIC: ("H", 12, "I"), _BIG: ("Q", 20, "Q")}  # number of tags, bytes of a tag, place of the next list


def refuse_endless(path: Path) -> None:
    """Follow the places of a TIFF's images from one to the next, as far as they go.

    What is damaged in another way ends there, for the reader to say.

    Raises:
        SourceError: one of them was there before.
    """
    with open_input(path) as stream:
        order = _ORDERS.get(stream.read(2))
        kind = _number(stream, order, "H") if order else None
        if order is None or kind not in _LAYOUTS:
            return
        count, tag, place = _LAYOUTS[kind]
        stream.seek(8 if kind == _BIG else 4)
        seen: set[int] = set()
        while offset := _number(stream, order, place):
            if offset in seen:
                msg = f"the list of images in {path.name} leads from image {len(seen)} back to an earlier one"
                raise SourceError(msg, remedy="copy or export the file again")
            seen.add(offset)
            stream.seek(offset)
            tags = _number(stream, order, count)
            if tags is None:
                return
            stream.seek(tags * tag, 1)


def _number(stream: BinaryIO, order: str, kind: str) -> int | None:
    """The next number; None at the end of the file."""
    data = stream.read(struct.calcsize(order + kind))
    try:
        return int(struct.unpack(order + kind, data)[0])
    except struct.error:
        return None
