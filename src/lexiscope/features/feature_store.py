"""`FeatureStore`: rows of features by key, computed once and kept on disk."""

import mmap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from lexiscope.core.files import sha256_json, write_beside


class FeatureStore:
    """Rows of float32 by key, in files that are mapped into memory and never change.

    Every `add` writes one file, whole or not at all, so a killed run loses the rows it was computing and nothing else,
    and several processes may add to one folder. The folder's name must say what made the rows.

    Args:
        folder: Directory of the files; it need not exist.
        width: Length of a row.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     store = FeatureStore(Path(folder), width=2)
        ...     store.add(["a" * 64], np.ones((1, 2), np.float32))
        ...     store.missing(["a" * 64, "b" * 64]) == ["b" * 64], store.rows(["a" * 64]).tolist()
        (True, [[1.0, 1.0]])
    """

    def __init__(self, folder: Path, *, width: int) -> None:
        self._folder = folder
        self._type = np.dtype([("key", "S64"), ("row", np.float32, (width,))])
        self._width = width
        self._files: dict[Path, np.ndarray] = {}
        self._place: dict[bytes, tuple[Path, int]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Take in rows that other processes added."""
        for path in sorted(self._folder.glob("*.npy")):
            if path not in self._files:
                self._open(path)

    def missing(self, keys: Sequence[str]) -> list[str]:
        """Keys without a row, each once, in order."""
        return [key for key in dict.fromkeys(keys) if key.encode() not in self._place]

    def add(self, keys: Sequence[str], rows: Float32[np.ndarray, "n width"]) -> None:
        """Keep rows on disk.

        Args:
            keys: Name of each row: 64 hex digits of a SHA-256.
            rows: The rows, in the order of the keys.
        """
        table = np.empty(len(keys), dtype=self._type)
        table["key"], table["row"] = [key.encode() for key in keys], rows
        path = self._folder / f"{sha256_json(list(keys))}.npy"
        with write_beside(path) as part, part.open("wb") as stream:
            np.save(stream, table, allow_pickle=False)
        self._open(path)

    def rows(self, keys: Sequence[str]) -> Float32[np.ndarray, "n width"]:
        """Rows of some keys, in their order.

        Raises:
            KeyError: a key without a row.
        """
        places = [self._place[key.encode()] for key in keys]
        rows = np.empty((len(keys), self._width), dtype=np.float32)
        for path in {path for path, _ in places}:
            wanted = [index for index, (other, _) in enumerate(places) if other == path]
            rows[wanted] = self._files[path]["row"][[places[index][1] for index in wanted]]
        return rows

    def release(self) -> None:
        """Give the memory of mapped rows back; they are read from disk again when they are next asked for.

        Mapped pages count as memory of the process until the system takes them, which a store larger than the memory
        that one may use should not wait for.
        """
        advice = getattr(mmap, "MADV_DONTNEED", None)
        for table in self._files.values():
            mapped = getattr(table, "_mmap", None)
            if advice is not None and mapped is not None:
                mapped.madvise(advice)

    def _open(self, path: Path) -> None:
        try:
            table = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return  # damaged: its rows count as missing and are computed again
        if table.dtype != self._type:
            return
        self._files[path] = table
        self._place |= {key: (path, index) for index, key in enumerate(table["key"].tolist())}
