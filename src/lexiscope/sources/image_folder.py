"""Image files of a folder and the folders below, their ids and the texts beside them."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.known import known_format
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import IMAGE_SUFFIXES

_MAX_TEXT = 1 << 20  # bytes of a caption


def image_files(root: Path, suffixes: tuple[str, ...] = IMAGE_SUFFIXES) -> Iterator[tuple[str, str]]:
    """Paths relative to `root` and ids, in a stable order; without links to folders, hidden files or folders of chunks.

    The id is the path without its suffix, which stays where `a.png` and `a.tif` would share one.
    """
    for directory, folders, names in os.walk(root):
        folders[:] = sorted(folder for folder in folders if is_entered(folder))
        here = Path(directory).relative_to(root)
        images = sorted(name for name in names if name.lower().endswith(suffixes) and not name.startswith("."))
        stems = Counter(_stem(name, suffixes) for name in images)
        for name in images:
            stem = _stem(name, suffixes)
            name_or_stem = stem if stems[stem] == 1 else name
            yield (here / name).as_posix(), (here / name_or_stem).as_posix()


def is_entered(folder: str) -> bool:
    """True for a folder of files: neither hidden nor a file format of its own, such as `cells.zarr`.

    Example:
        >>> is_entered("batch1"), is_entered(".git"), is_entered("cells.zarr")
        (True, False, False)
    """
    return not folder.startswith((".", "__")) and known_format(folder) is None


def caption_beside(root: Path, name: str, suffixes: tuple[str, ...] = IMAGE_SUFFIXES) -> str:
    """The text of `x.txt` beside `x.png`; empty when there is none.

    Raises:
        SourceError: it is too long for a caption.
    """
    name = f"{_stem(name, suffixes)}.txt"
    if not (root / name).exists():
        return ""
    path = inside(root, name)
    if path.stat().st_size > _MAX_TEXT:
        raise SourceError(f"{name} is longer than {_MAX_TEXT:,} bytes, too long for a caption", remedy="shorten it")
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return data.decode("latin-1").strip()


def _stem(name: str, suffixes: tuple[str, ...]) -> str:
    suffix = max((suffix for suffix in suffixes if name.lower().endswith(suffix)), key=len)
    return name[: -len(suffix)]
