"""`check_source` and `check_drafts`: what every source must do, whatever it reads."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields
from inspect import cleandoc
from pathlib import Path
from typing import Any

from lexiscope.core.errors import LexiscopeError
from lexiscope.sources import Draft, Encoded, Rejected, Source, Unread
from lexiscope.sources.unread import files_of_item, known_files

_ODD = {"empty.csv": b"", "noise.dcm": bytes(range(256)) * 8, "text.xml": b"<html>", "Ümlaut ?.png": b"\x89PNG"}


def check_source(source: type[Source], *, name: str, folder: Path) -> None:
    """Fail where a class breaks what every source promises without reading anything.

    It is a frozen dataclass of a path and keyword-only options with defaults, all of them documented; `detect` says no
    to odd input and never raises; `drafts` of a path where nothing is raises an error with a remedy, at once.

    Args:
        source: Class of the source.
        name: Name of its entry in `SOURCES`.
        folder: An empty folder to write odd files to.
    """
    assert source.name == name, f"the entry is called {name!r}, the class says {source.name!r}"
    kind: Any = source
    frozen = getattr(kind, "__dataclass_params__", None)
    assert frozen is not None, f"{kind.__name__} must be a dataclass, as its fields are its options"
    assert frozen.frozen, f"{kind.__name__} must be a frozen dataclass"
    path, *options = fields(kind)
    assert path.name == "path", f"the first field of a source is its path, got {path.name!r}"
    texts = _argument_texts(source.__doc__ or "")
    for option in options:
        assert option.kw_only, f"option {option.name!r} must be keyword-only"
        given = option.default is not MISSING or option.default_factory is not MISSING
        assert given, f"option {option.name!r} needs a default that needs no thought"
    for field in (path, *options):
        text = texts.get(field.name, "")
        assert text.endswith(".") & (" " in text), f"option {field.name!r} needs a whole phrase, got {text!r}"
    _check_odd_input(source, folder)


def _check_odd_input(source: type[Source], folder: Path) -> None:
    kind: Any = source
    assert source.detect(folder / "absent") is False
    assert source.detect(folder) is False, "an empty folder is nobody's input"
    (folder / "below").mkdir()
    for name, data in _ODD.items():
        (folder / "below" / name).write_bytes(data)
        assert source.detect(folder / "below" / name) in (True, False)
    assert source.detect(folder) in (True, False)
    try:
        first = next(iter(kind(folder / "absent").drafts()), None)
    except LexiscopeError as error:
        refusal = str(error)
        assert len(refusal) > 20, f"expected an error that says what to do, got {refusal!r}"
    else:
        assert first is not None, "a path where nothing is must be refused, or not be needed at all"


def check_drafts(source: Source, *, accepted: int, besides: tuple[str, ...] = ()) -> list[Draft]:
    """Fail where what a source gives breaks its promises; gives its drafts.

    The same drafts in the same order each time, each with an id of its own, its group and its provenance; image files
    that exist, inside what is read, or bytes with a suffix; every rejection with a reason and a remedy; every known
    file of the folder used, rejected or listed as unread.

    Args:
        source: A source of something that it can read.
        accepted: Number of drafts, rejections not counted.
        besides: Suffixes of files that describe the others, such as the source's own tables.
    """
    items = list(source.drafts())
    assert items == list(source.drafts()), "a source must give the same drafts each time"
    drafts = [item for item in items if isinstance(item, Draft)]
    assert len(drafts) == accepted, f"expected {accepted} drafts, got {len(drafts)} and {_reasons(items)}"
    assert len({draft.id for draft in drafts}) == accepted, "ids of drafts must be unique"
    for draft in drafts:
        _check_draft(draft, source)
    for rejected in (item for item in items if isinstance(item, Rejected)):
        assert all((rejected.path, rejected.reason, rejected.remedy)), (
            f"a rejection needs reason and remedy: {rejected}"
        )
    if source.path.is_dir() and getattr(source, "reads_path", True):
        check_inputs(items, source.path, besides)
    return drafts


def check_inputs(items: Sequence[Draft | Rejected], root: Path, besides: tuple[str, ...] = ()) -> None:
    """Fail unless known files = used + rejected + unread, and none of the unread is anything else.

    Args:
        items: All that a source gave.
        root: Folder that it read.
        besides: Suffixes of files that describe the others.
    """
    home = root.resolve()
    unread = [file.resolve() for item in items if isinstance(item, Unread) for file in item.files]
    named = _named(item for item in items if not isinstance(item, Unread))
    known = {path.resolve() for path in known_files(home) if not path.name.lower().endswith(besides or ("\0",))}
    read = {path for path in known if named & ({path, *path.parents} - {home, *home.parents})}
    assert len(set(unread)) == len(unread), "a file is listed once"
    assert not read & set(unread), f"used or rejected, and listed as unread: {sorted(read & set(unread))}"
    silent = sorted(known - read - set(unread))
    assert not silent, f"neither used nor rejected nor listed: {silent}; give the drafts through `with_unread`"


def _named(items: Iterable[Draft | Rejected]) -> set[Path]:
    """Files and folders that drafts and rejections name."""
    return {path.resolve() for item in items for path in files_of_item(item)}


def _check_draft(draft: Draft, source: Source) -> None:
    assert draft.id
    assert draft.group
    assert draft.provenance.source == source.name
    assert draft.provenance.licence
    assert draft.images or draft.texts or draft.turns, f"{draft.id} has nothing to show and nothing to say"
    for file in (*draft.images.values(), *draft.masks.values()):
        _check_origin(file.origin, source.path)


def _check_origin(origin: Path | Encoded, root: Path) -> None:
    if isinstance(origin, Encoded):
        assert origin.data
        assert origin.suffix.startswith(".")
        return
    inside = root.resolve() if root.is_dir() else root.resolve().parent
    assert origin.is_file(), f"{origin} is not there"
    assert origin.resolve().is_relative_to(inside), f"{origin} lies outside {inside}"


def _reasons(items: Sequence[Draft | Rejected]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


def _argument_texts(docstring: str) -> dict[str, str]:
    section = cleandoc(docstring).partition("\nArgs:\n")[2].split("\n\n")[0]
    entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}
