"""`on_disk`: the file of an image, whether it lies in the source or its bytes were made in memory."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lexiscope.sources.draft import Encoded
from lexiscope.sources.steady import steady

_SUFFIX = re.compile(r"(\.[A-Za-z0-9]{1,16}){1,2}")


@contextmanager
def on_disk(origin: Path | Encoded) -> Iterator[Path]:
    """Path of an image file; bytes made by a source lie there only while they are used.

    A suffix that a file from outside says, and that is none, is left out: formats are told by their bytes.

    Raises:
        SourceError: the file is gone, or was changed while it was used.

    Example:
        >>> with on_disk(Encoded(b"pixels", ".png")) as path:
        ...     path.read_bytes(), path.suffix
        (b'pixels', '.png')
    """
    if isinstance(origin, Path):
        with steady(origin):
            yield origin
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"image{origin.suffix if _SUFFIX.fullmatch(origin.suffix) else ''}"
        path.write_bytes(origin.data)
        yield path
