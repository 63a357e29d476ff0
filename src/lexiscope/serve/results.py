"""`Results`: what tasks write, such as masks, in folders of the server's own until newer ones take their place."""

import secrets
import shutil
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from lexiscope.serve.problems import NotFoundError

_MOST = 512  # folders
_MOST_BYTES = 4 << 30


class Results:
    """Folders that tasks write into. The oldest go, never one that is still written.

    Args:
        folder: Folder of its own.
        most_bytes: Bytes of all files together.
    """

    def __init__(self, folder: Path, *, most_bytes: int = _MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._written: OrderedDict[str, int] = OrderedDict()  # id -> bytes
        self._open: dict[str, tuple[str, int]] = {}  # what is asked -> id, number of those who ask

    @contextmanager
    def writing(self, key: str) -> Iterator[tuple[str, Path]]:
        """Id and folder for what a task writes; the same for equal calls in flight, which are computed once.

        Args:
            key: Text that equal calls share.
        """
        with self._lock:
            result_id, asking = self._open.get(key, (secrets.token_urlsafe(12), 0))
            self._open[key] = result_id, asking + 1
        folder = self._folder / result_id
        folder.mkdir(parents=True, exist_ok=True)
        try:
            yield result_id, folder
        finally:
            self._end(key)

    def file(self, result_id: str, name: str) -> Path:
        """A file that a task wrote; both names are looked up, and never used as a path.

        Raises:
            NotFoundError: no such file.
        """
        with self._lock:
            known = result_id in self._written
        files = (self._folder / result_id).iterdir() if known else iter(())
        found = next((file for file in files if file.name == name and file.is_file()), None)
        if found is None:
            raise NotFoundError(f"expected a file that a task wrote, got {name[:200]}; ask again")
        return found

    def _end(self, key: str) -> None:
        with self._lock:
            result_id, asking = self._open[key]
            if asking > 1:
                self._open[key] = result_id, asking - 1
                return
            del self._open[key]
            files = (self._folder / result_id).iterdir()
            self._written[result_id] = sum(file.stat().st_size for file in files if file.is_file())
            gone = self._to_go()
        for name in gone:
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def _to_go(self) -> list[str]:
        gone = []
        while len(self._written) > _MOST or (len(self._written) > 1 and sum(self._written.values()) > self._most_bytes):
            gone.append(self._written.popitem(last=False)[0])
        return gone
