"""`KeyedLines`: records kept on disk by a key, so that nothing is made twice, after a crash neither; `read_lines`."""

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lexiscope.core.owned import require_own
from lexiscope.core.regular import open_regular


class KeyedLines:
    """Lines of JSON, each with a key, appended and flushed as they come in; the last line of a key counts.

    A line that a crash cut short is skipped. Only the places of the lines are held in memory. Safe to use from several
    threads.

    Args:
        folder: Folder of the file, such as the corpus.
        name: Name of the file.

    Example:
        >>> import tempfile
        >>> lines = KeyedLines(Path(tempfile.mkdtemp()), "kept.jsonl")
        >>> lines.add("a", {"text": "A crack."})
        >>> lines.get("a"), lines.get("b")
        ({'text': 'A crack.'}, None)
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._path = folder / name
        self._lock = threading.Lock()
        self._places: dict[str, int] = {}
        self._read_places()

    def get(self, key: str) -> dict[str, Any] | None:
        """The record of a key; None where there is none."""
        with self._lock:
            place = self._places.get(key)
            if place is None:
                return None
            with open_regular(self._path) as stream:
                stream.seek(place)
                record: dict[str, Any] = json.loads(stream.readline())
        return {name: value for name, value in record.items() if name != "key"}

    def add(self, key: str, record: Mapping[str, Any]) -> None:
        """Keep a record, on disk before this returns.

        Args:
            key: Key of the record.
            record: Plain JSON types.
        """
        self.add_all([(key, record)])

    def add_all(self, records: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep records, on disk before this returns; nothing is written where there are none.

        Args:
            records: Keys, and plain JSON types.
        """
        if not records:
            return
        with self._lock, require_own(self._folder, self._name).open("ab") as stream:
            for key, record in records:
                self._places[key] = stream.tell()
                stream.write(_json_bytes({"key": key, **record}) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def _read_places(self) -> None:
        if not self._path.is_file():
            return
        end, torn = 0, False
        with open_regular(self._path) as stream:
            for line in stream:
                key = _key(line)
                if key is not None:
                    self._places[key] = end
                end += len(line)
                torn = not line.endswith(b"\n")
        if torn:
            with self._path.open("ab") as stream:
                stream.write(b"\n")  # so that the next line does not join what a crash cut short


def read_lines(folder: Path, name: str, *, saying: str | None = None) -> Iterator[dict[str, Any]]:
    """Every record of a file of `KeyedLines`, also those that another took the place of, in the order of writing.

    Args:
        folder: Folder of the file.
        name: Name of the file; one that is not there has no records.
        saying: Only records that have this text as a value; a line without it costs no parsing.
    """
    if not (folder / name).is_file():
        return
    text = b"" if saying is None else _json_bytes(saying)
    with open_regular(folder / name) as stream:
        yield from (json.loads(line) for line in stream if text in line and _key(line) is not None)


def _json_bytes(value: Any) -> bytes:
    """JSON as lines hold it."""
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")


def _key(line: bytes) -> str | None:
    try:
        return str(json.loads(line)["key"])
    except (ValueError, LookupError, TypeError):
        return None
