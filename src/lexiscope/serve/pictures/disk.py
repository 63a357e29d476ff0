"""`Disk`: what was made of images, kept below the server's own folder under the images' content hashes.

A name says everything that its file depends on, so nothing there is ever wrong or out of date; all may be deleted.
"""

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

from lexiscope.core.scratch import part_beside
from lexiscope.serve.pictures.once import Once

_NAME = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 8 << 30


class Disk:
    """Files by content hash; those that nobody asked for the longest go when there are too many bytes.

    Args:
        folder: The server's own folder.
        most_bytes: Bytes of all files together.

    Example:
        >>> import tempfile
        >>> disk = Disk(Path(tempfile.mkdtemp()))
        >>> disk.file("ab" * 32, "-256.png", lambda: b"made").read_bytes()
        b'made'
        >>> disk.file("ab" * 32, "-256.png", lambda: b"not again").read_bytes()
        b'made'
    """

    def __init__(self, folder: Path, *, most_bytes: int = _MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._once: Once[Path] = Once()
        self._lock = threading.Lock()
        self._written = 0

    def file(self, content: str, suffix: str, make: Callable[[], bytes]) -> Path:
        """The file of something made of an image, made now where it is not there.

        Not flushed to the disk: after a power cut a file may be there and empty, and is made again.

        Args:
            content: SHA-256 of the image.
            suffix: What was made of it, with everything that it depends on besides: "-256.png".
            make: Makes its bytes, of which there is at least one.

        Raises:
            ValueError: `content` is no hash.
        """
        if not _NAME.fullmatch(content):
            raise ValueError(f"expected 64 hex digits of SHA-256, got {content!r}")
        path = self._folder / content[:2] / f"{content}{suffix}"
        return path if _is_used(path) else self._once.run(path, lambda: self._made(path, make))

    def _made(self, path: Path, make: Callable[[], bytes]) -> Path:
        if _is_used(path):
            return path
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        with part_beside(path) as part:
            part.write_bytes(made)
            part.chmod(0o644)
            part.replace(path)
        with self._lock:
            self._written += len(made)
            if self._written > self._most_bytes:
                self._sweep(path)
        return path

    def _sweep(self, newest: Path) -> None:
        """Remove what nobody asked for the longest, down to half of what is allowed."""
        files = [file for file in self._folder.rglob("*") if file.is_file() and file != newest]
        states = sorted(((file.stat(), file) for file in files), key=lambda pair: pair[0].st_mtime_ns)
        self._written = newest.stat().st_size + sum(state.st_size for state, _ in states)
        for state, file in states:
            if self._written <= self._most_bytes // 2:
                return
            file.unlink(missing_ok=True)
            self._written -= state.st_size


def _is_used(path: Path) -> bool:
    """True for a file that is there, which counts as asked for now."""
    try:
        if path.stat().st_size == 0:
            return False
        os.utime(path)
    except OSError:
        return False
    return True
