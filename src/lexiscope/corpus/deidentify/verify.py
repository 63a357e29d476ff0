"""`verify_output`: read what was written from the disk, and fail when anything in it identifies somebody."""

import zlib
from collections.abc import Collection, Mapping
from pathlib import Path

from lexiscope.core.errors import LexiscopeError
from lexiscope.corpus.deidentify.identifiers import Identifiers
from lexiscope.sources.scans.dicom.files import is_dicom, quietly, read_dataset

_META = 132  # bytes before the file meta, which starts with its length
_DEFLATED = b"1.2.840.10008.1.2.1.99"


def inflated(data: bytes) -> bytes:
    """The bytes of a file, and those of its data set where that is deflated: what there is to search."""
    start = _META + 12 + int.from_bytes(data[_META + 8 : _META + 12], "little")
    if data[_META - 4 : _META] != b"DICM" or _DEFLATED not in data[:start]:
        return data
    return data + zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[start:])


def verify_output(out: Path, identifiers: Identifiers, *, besides: Mapping[Path, Collection[str]]) -> None:
    """Search every file below `out`, its bytes and its path, for the identifiers of the originals.

    Args:
        besides: File -> texts that were written in place of others: shifted dates, the words of the audit log.

    Raises:
        LexiscopeError: one survives; the message names the file and no value.
    """
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        allowed = besides.get(path, ())
        survivors = identifiers.in_bytes(inflated(path.read_bytes()), besides=allowed)
        survivors += identifiers.in_bytes(str(path.relative_to(out)).encode(), besides=allowed)
        if is_dicom(path):
            with quietly():
                survivors += identifiers.in_dataset(read_dataset(path)[0])
        if survivors:
            msg = f"expected no identifier of the originals in the output {path.relative_to(out)}, found {survivors}"
            raise LexiscopeError(f"{msg}; leave the file out that it was made from, and pass nothing of the output on")
