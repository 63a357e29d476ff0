"""DICOM files: found by their bytes, their headers parsed without their pixels."""

import logging
import os
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.header import MAX_BYTES
from lexiscope.sources.paths import check_regular
from lexiscope.sources.scans.dicom.scan import scan
from lexiscope.sources.steady import open_input, read_input

_NAMED = (".dcm", ".dicom", ".ima")
_PREAMBLE = 128
_BARE_GROUPS = (b"\x02\0", b"\x08\0")  # files without preamble start with file meta or with the identifying group
_LONGEST_FIRST = 1024  # bytes of the first value of a bare file with implicit VR
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_OPEN = 0xFFFFFFFF  # length of a value that ends with a mark
_REMEDY = "export or copy the file again, or leave it out"


def find_files(root: Path) -> Iterator[Path]:
    """Files that are DICOM by their bytes or call themselves so, in a stable order; hidden ones are left out."""
    if root.is_file():
        yield root
        return
    for directory, folders, names in os.walk(root):
        folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(directory) / name
            if name.lower().endswith(_NAMED) or is_dicom(path):
                yield path


def is_dicom(path: Path) -> bool:
    """True when the first bytes are those of a DICOM file, with preamble or without."""
    try:
        check_regular(path)
        with open_input(path) as stream:
            start = stream.read(_PREAMBLE + 4)
    except SourceError:
        return False
    return start[_PREAMBLE:] == b"DICM" or _is_bare(start)


def is_surely_dicom(path: Path) -> bool:
    """True when the name or the mark after the preamble says DICOM; bare files without either are left out."""
    return is_dicom(path) and (path.name.lower().endswith(_NAMED) or _is_marked(path))


def _is_marked(path: Path) -> bool:
    with open_input(path) as stream:
        return stream.read(_PREAMBLE + 4)[_PREAMBLE:] == b"DICM"


def _is_bare(start: bytes) -> bool:
    if len(start) < 16 or start[:2] not in _BARE_GROUPS or start[3] != 0:
        return False
    explicit = start[4:6].isalpha() and start[4:6].isupper()
    return explicit or int.from_bytes(start[4:8], "little") < _LONGEST_FIRST


def read_dataset(path: Path, *, pixels: bool = False) -> tuple[Any, int]:
    """Parse a file: its pydicom dataset, and the byte at which the pixels' element starts (0 when they were read too).

    Raises:
        SourceError: it is no DICOM, or damaged.
    """
    size = check_regular(path)
    if size == 0:
        raise SourceError("the file is empty", remedy=_REMEDY)
    if not is_dicom(path):
        if size < _PREAMBLE + 4 and not any(read_input(path)):
            raise _cut(size, f"a DICOM file starts with {_PREAMBLE + 4}")
        raise SourceError("the file is no DICOM file, whatever its name says", remedy="remove or rename it")
    with quietly(), open_input(path) as stream:
        try:
            return _parsed(stream, size, pixels=pixels)
        except SourceError:
            raise
        except Exception as error:  # a damaged header makes the parser raise nearly anything, with values in its words
            if stream.tell() >= size:
                raise _cut(size, "within its header" if not pixels else "within its header or its pixels") from error
            msg = f"the file has a damaged DICOM header ({type(error).__name__})"
            raise SourceError(msg, remedy=_REMEDY) from error


@contextmanager
def quietly() -> Iterator[None]:
    """Keep pydicom's warnings quiet: they quote values, and values are the patient's."""
    from pydicom.config import disable_value_validation

    logger = logging.getLogger("pydicom")
    before, logger.disabled = logger.disabled, True  # setting its level would clear the caches of all loggers
    try:
        with warnings.catch_warnings(), disable_value_validation():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def _parsed(stream: BinaryIO, size: int, *, pixels: bool) -> tuple[Any, int]:
    import pydicom

    if not pixels and (scanned := scan(stream)) is not None:
        dataset, offset = scanned
        _refuse_without_kind(dataset, size)
        return dataset, offset
    _refuse_bomb(stream)
    dataset = pydicom.dcmread(stream, stop_before_pixels=not pixels, force=True)
    if not pixels and _ends_within_a_value(dataset):
        raise _cut(size, "within its header")
    _refuse_without_kind(dataset, size)
    return dataset, 0 if pixels else stream.tell()


def _refuse_without_kind(dataset: Any, size: int) -> None:
    if "SOPClassUID" not in dataset and "Rows" not in dataset:
        raise _cut(size, "before it says what it is")


def _ends_within_a_value(dataset: Any) -> bool:
    """True where the last value is shorter than its element says, which the parser takes as it comes."""
    from pydicom.dataelem import RawDataElement

    last = dataset.get_item(max(dataset.keys())) if len(dataset) else None
    return isinstance(last, RawDataElement) and isinstance(last.value, bytes) and len(last.value) < last.length < _OPEN


def _cut(size: int, where: str) -> SourceError:
    return SourceError(f"the file is truncated: it ends after {size:,} bytes, {where}", remedy=_REMEDY)


def _refuse_bomb(stream: BinaryIO) -> None:
    """A deflated data set is inflated whole by the parser, so it must not grow beyond what an image may have."""
    stream.seek(0)
    start = stream.read(2048)
    stream.seek(0)
    if _DEFLATED not in start or start[_PREAMBLE : _PREAMBLE + 4] != b"DICM":
        return
    stream.seek(_PREAMBLE + 16 + int.from_bytes(start[140:144], "little"))
    inflate, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while chunk := inflate.unconsumed_tail or stream.read(1 << 20):
        total += len(inflate.decompress(chunk, 1 << 24))
        if total > MAX_BYTES:
            raise SourceError(f"the deflated DICOM grows beyond {MAX_BYTES:,} bytes", remedy="leave the file out")
    stream.seek(0)
