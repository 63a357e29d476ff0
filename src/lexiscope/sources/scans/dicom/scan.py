"""Plain DICOM headers -> pydicom data sets, several times faster than pydicom parses them.

Most files are little endian with sound lengths, and for those it is enough to walk from element to element; values stay
bytes until somebody asks. Whatever looks unusual is left to pydicom, which knows the ways in which files are broken.
"""

from functools import lru_cache
from struct import Struct
from typing import Any, BinaryIO

_FIRST = 1 << 18  # bytes that are looked at; a longer header is left to pydicom
_PREAMBLE = 128
_META = _PREAMBLE + 4
_META_LENGTH = 0x00020000
_SYNTAX = 0x00020010
_CHARACTERS = 0x00080005
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_DEEPEST = 16  # sequences within sequences
_IMPLICIT = b"1.2.840.10008.1.2"
_LEFT = (b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.1.99")  # big endian, deflated
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_EXPLICIT_START, _IMPLICIT_START = Struct("<HH2sH").unpack_from, Struct("<HHL").unpack_from
_LENGTH = Struct("<L").unpack_from

_Found = dict[int, tuple[bytes, int, int]]
"""Tag -> kind of value (empty when the file does not say), first byte, byte after the last."""


class _UnusualError(Exception):
    """Something that pydicom had better look at."""


def scan(stream: BinaryIO) -> tuple[Any, int] | None:
    """The data set of a file and the byte at which its pixels' element starts; None when the file is not plain."""
    data = stream.read(_FIRST)
    if data[_PREAMBLE:_META] != b"DICM":
        return None
    try:
        meta, start = _meta(data)
        syntax = data[slice(*meta[_SYNTAX][1:])].rstrip(b"\0 ") if _SYNTAX in meta else b""
        if not syntax or syntax in _LEFT:
            return None
        explicit = syntax != _IMPLICIT
        elements, end = _elements(data, start, len(data), _PIXELS, explicit=explicit)
    except _UnusualError:
        return None
    if end == len(data) == _FIRST:
        return None
    return _dataset(data, meta, elements, explicit=explicit), end


def _meta(data: bytes) -> tuple[_Found, int]:
    if len(data) < _META + 12 or _LENGTH(data, _META)[0] != 0x00000002:  # tag 0002,0000 as it lies in the file
        raise _UnusualError
    end = _META + 12 + _LENGTH(data, _META + 8)[0]
    if end > len(data):
        raise _UnusualError
    return _elements(data, _META, end, frozenset(), explicit=True)


def _elements(
    data: bytes, offset: int, end: int, stops: frozenset[int], *, explicit: bool, depth: int = 0
) -> tuple[_Found, int]:
    """Elements from `offset` to one of `stops` or to `end`, and where that is.

    Raises:
        _UnusualError: an unknown kind of value, a length beyond `end`, or bytes that are left over.
    """
    elements: _Found = {}
    while offset + 8 <= end:
        tag, vr, start, length = _head(data, offset, explicit=explicit)
        if tag in stops:
            return elements, offset
        if length != _UNDEFINED:
            stop = offset = start + length
        elif vr in (b"SQ", b""):
            stop, offset = _sequence_end(data, start, end, explicit=explicit, depth=depth)
        else:
            raise _UnusualError
        if offset > end:
            raise _UnusualError
        elements[tag] = (vr, start, stop)
    if offset != end or _ITEM_END in stops:
        raise _UnusualError
    return elements, offset


def _head(data: bytes, offset: int, *, explicit: bool) -> tuple[int, bytes, int, int]:
    """Tag, kind of value, first byte of the value and its length (DICOM PS3.5, 7.1)."""
    if not explicit:
        group, element, length = _IMPLICIT_START(data, offset)
        return group << 16 | element, b"", offset + 8, length
    group, element, vr, length = _EXPLICIT_START(data, offset)
    if vr in _SHORT:
        return group << 16 | element, vr, offset + 8, length
    if group == 0xFFFE:  # the end of an item has no kind of value
        return group << 16 | element, b"", offset + 8, length
    if vr not in _LONG or offset + 12 > len(data):
        raise _UnusualError
    return group << 16 | element, vr, offset + 12, _LENGTH(data, offset + 8)[0]


def _sequence_end(data: bytes, offset: int, end: int, *, explicit: bool, depth: int) -> tuple[int, int]:
    """Offsets of the end of the items of a sequence without length, and of the start of what follows them."""
    if depth >= _DEEPEST:
        raise _UnusualError
    while offset + 8 <= end:
        group, element, length = _IMPLICIT_START(data, offset)
        tag = group << 16 | element
        if tag == _SEQUENCE_END:
            return offset, offset + 8
        if tag != _ITEM:
            raise _UnusualError
        offset += 8
        if length == _UNDEFINED:
            _, offset = _elements(data, offset, end, frozenset({_ITEM_END}), explicit=explicit, depth=depth + 1)
            offset += 8
        else:
            offset += length
    raise _UnusualError


def _dataset(data: bytes, meta: _Found, elements: _Found, *, explicit: bool) -> Any:
    from pydicom.dataset import Dataset, FileMetaDataset

    characters = data[slice(*elements[_CHARACTERS][1:])] if _CHARACTERS in elements else b""
    dataset = Dataset(_raw(data, elements, explicit=explicit))
    dataset.set_original_encoding(not explicit, True, _encodings(characters))
    dataset.file_meta = FileMetaDataset(_raw(data, meta, explicit=True))
    return dataset


def _raw(data: bytes, elements: _Found, *, explicit: bool) -> dict[Any, Any]:
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import BaseTag

    return {
        (named := BaseTag(tag)): RawDataElement(
            named, vr.decode() or None, stop - start, data[start:stop], start, not explicit, True
        )
        for tag, (vr, start, stop) in elements.items()
    }


@lru_cache(maxsize=64)
def _encodings(characters: bytes) -> Any:
    from pydicom.charset import convert_encodings, default_encoding
    from pydicom.values import convert_string

    return convert_encodings(convert_string(characters, True)) if characters else default_encoding
