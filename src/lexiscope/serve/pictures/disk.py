"""`on_disk`: what was made of an image, kept below the server's own folder under the image's content hash.

The name says everything that it depends on, so nothing there is ever wrong or out of date; all of it may be deleted.
"""

import re
from collections.abc import Callable
from pathlib import Path

from lexiscope.core.scratch import part_beside

_NAME = re.compile(r"[0-9a-f]{64}")


def on_disk(folder: Path, content: str, suffix: str, make: Callable[[], bytes]) -> Path:
    """The file of something made of an image, made now where it is not there.

    Not flushed to the disk: after a power cut a file may be there and empty, and is made again.

    Args:
        folder: The server's own folder.
        content: SHA-256 of the image.
        suffix: What was made of it, with everything that it depends on besides: "-256.png".
        make: Makes its bytes, of which there is at least one.

    Raises:
        ValueError: `content` is no hash.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> on_disk(folder, "ab" * 32, "-256.png", lambda: b"made").read_bytes()
        b'made'
        >>> on_disk(folder, "ab" * 32, "-256.png", lambda: b"not again").read_bytes()
        b'made'
    """
    if not _NAME.fullmatch(content):
        raise ValueError(f"expected 64 hex digits of SHA-256, got {content!r}")
    path = folder / content[:2] / f"{content}{suffix}"
    if not path.is_file() or path.stat().st_size == 0:
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        with part_beside(path) as part:
            part.write_bytes(made)
            part.chmod(0o644)
            part.replace(path)
    return path
