"""`with_unread`: what a source gives, and after it every known file of its folder that it neither used nor rejected."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from lexiscope.sources.draft import Draft, Rejected, Unread
from lexiscope.sources.formats.annotations import annotations_in
from lexiscope.sources.formats.known import KnownFormat, known_format
from lexiscope.sources.image_folder import is_entered

_ROW = re.compile(r":\d+$")  # the row of a table that was rejected


def with_unread(
    items: Iterable[Draft | Rejected],
    root: Path,
    *,
    reader: str,
    besides: tuple[str, ...] = (),
    shown: Callable[[Path], str] = str,
) -> Iterator[Draft | Rejected]:
    """Pass on what a source gives; then name the known files below `root` that nobody read.

    A file is used when a draft names it as the origin of an image or mask, or in `Draft.files`; it is rejected when a
    `Rejected` names it or a folder above it. Memory does not grow with the input: paths wait in a temporary file.

    Args:
        items: Drafts and rejections of the source.
        root: Folder that is read; of a file nothing is listed.
        reader: Name of the source.
        besides: Suffixes of files that describe the others, such as a source's own tables.
        shown: Path of an unread file -> how it is named; where paths hold names of patients, less than all of it.
    """
    home = Path(os.path.realpath(root))
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("CREATE TABLE named (path TEXT PRIMARY KEY) WITHOUT ROWID")
        database.execute("BEGIN")
        for item in items:
            database.executemany("INSERT OR IGNORE INTO named VALUES (?)", ((_key(p),) for p in files_of_item(item)))
            yield item
        for path in known_files(home) if home.is_dir() else ():
            if not path.name.lower().endswith(besides or ("\0",)) and not _is_named(path, home, database):
                yield _unread(path, shown(Path(root) / path.relative_to(home)), reader)
        for folder, why in closed_folders(home):
            where = shown(Path(root) / folder.relative_to(home))
            yield Unread(where, f"is a folder that cannot be read: {why}", "make it readable for you", (folder,))


def known_files(root: Path) -> Iterator[Path]:
    """Files below `root` of a known format, in a stable order; a folder of chunks is one of them.

    A name says the format; of annotations on images the content does.

    Hidden files and folders are left out, and links to folders are not followed.
    """
    for directory, folders, names in os.walk(root):
        chunked = [folder for folder in folders if known_format(folder) is not None]
        folders[:] = sorted(folder for folder in folders if is_entered(folder))
        for name in sorted([*names, *chunked]):
            if not name.startswith(".") and format_of(Path(directory) / name) is not None:
                yield Path(directory) / name


def format_of(path: Path) -> KnownFormat | None:
    """The format that a file's name says, or the annotations that it holds; None for one that is not known."""
    return known_format(path.name) or annotations_in(path)


def closed_folders(root: Path) -> list[tuple[Path, str]]:
    """Folders below `root` that may not be read, in a stable order, with the reason; walks pass them over silently."""
    errors: list[OSError] = []
    for _, folders, _ in os.walk(root, onerror=errors.append):
        folders[:] = sorted(folder for folder in folders if is_entered(folder))
    return [(Path(error.filename), error.strerror or "unknown reason") for error in errors]


def files_of_item(item: Draft | Rejected) -> Iterator[Path]:
    """Files that a draft was made from, or the one (or the folder) that a rejection names."""
    if isinstance(item, Rejected):
        yield Path(_ROW.sub("", item.path))
        yield from item.files
        return
    files = (*item.images.values(), *item.masks.values())
    yield from (file.origin for file in files if isinstance(file.origin, Path))
    yield from item.files


def _key(path: Path) -> str:
    try:
        return os.fsencode(os.path.realpath(path)).hex() if "\0" not in str(path) else ""
    except OSError:
        return ""


def _is_named(path: Path, home: Path, database: sqlite3.Connection) -> bool:
    folders = (folder for folder in path.parents if folder != home and folder.is_relative_to(home))
    keys = [_key(path), *(_key(folder) for folder in folders)]
    marks = ",".join("?" * len(keys))
    return database.execute(f"SELECT 1 FROM named WHERE path IN ({marks})", keys).fetchone() is not None  # noqa: S608


def _unread(path: Path, shown: str, reader: str) -> Unread:
    known = format_of(path)
    assert known is not None
    return Unread(shown, f"{known.title}, which no case of the source {reader!r} uses", known.remedy, (path,))
