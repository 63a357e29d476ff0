"""`checksums`: the files of a finished collection, so that a damaged one is refused and not searched."""

import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lexiscope.core.errors import IndexStoreError
from lexiscope.core.regular import open_regular

_CHUNK = 1 << 20
_REWRITTEN = frozenset({"edge_config.json", "tracker_journal.dat"})  # by the engine, whenever it opens a collection
_REORDERED = "segment.json"  # likewise, the names of several vectors in any order


def checksums(folder: Path, *, besides: str) -> dict[str, list[int]]:
    """Name of each file below a folder -> its size and CRC-32; against accidents, not against forgers.

    Args:
        folder: Folder of the collection.
        besides: Name of a file that is left out.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "a").write_text("four")
        4
        >>> checksums(folder, besides="b")
        {'a': [4, 2428593789]}
    """
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name not in _REWRITTEN | {besides})
    return {file.relative_to(folder).as_posix(): _checksum(file) for file in files}


def require_unchanged(folder: Path, sums: Mapping[str, Any], *, besides: str) -> None:
    """Refuse a collection of which a file is missing or changed.

    Args:
        folder: Folder of the collection.
        sums: Its checksums as they were when it was finished.
        besides: Name of a file that is left out.

    Raises:
        IndexStoreError: a file is missing, changed or too many; the message names it.
    """
    now = checksums(folder, besides=besides)
    for name in sorted(now.keys() | sums.keys()):
        if now.get(name) != sums.get(name):
            fault = "is missing" if name not in now else "is of no use" if name not in sums else "is damaged"
            raise IndexStoreError(f"the index at {folder} cannot be searched: {name} {fault}; build it again")


def _checksum(file: Path) -> list[int]:
    if file.name == _REORDERED:
        return _checksum_of_json(file)
    size = total = 0
    with open_regular(file) as stream:
        while chunk := stream.read(_CHUNK):
            size, total = size + len(chunk), zlib.crc32(chunk, total)
    return [size, total]


def _checksum_of_json(file: Path) -> list[int]:
    """Size and CRC-32 of a JSON document whatever the order of its names; of its bytes where it is none."""
    with open_regular(file) as stream:
        content = stream.read()
    with suppress(ValueError):  # a damaged one counts by its bytes
        content = json.dumps(json.loads(content), sort_keys=True).encode()
    return [len(content), zlib.crc32(content)]
