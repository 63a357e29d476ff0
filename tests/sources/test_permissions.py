"""What may not be read is named with the reason, and everything beside it is read."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources import Draft, Unread, detect_source
from lexiscope.sources.images import ImagesSource
from lexiscope.sources.papers.jats.article import read_articles
from lexiscope.sources.paths import check_regular
from lexiscope.sources.scans.dicom.files import read_dataset
from lexiscope.sources.unread import closed_folders
from lexiscope.testing.cases import make_drafts

_NOBODY = 65534


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Nobody, where root runs the tests: root may read everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a picture, and a folder in it that nobody may enter; where every user may come."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    (place / "closed").mkdir()
    for path in (place / "a.png", place / "closed" / "b.png"):
        path.write_bytes(make_drafts(1)[0].images["photo"].origin.data)
    (place / "closed").chmod(0)
    yield place
    (place / "closed").chmod(0o755)
    shutil.rmtree(place)


def test_a_folder_that_may_not_be_read_is_named(folder: Path) -> None:
    with ordinary_user():
        assert closed_folders(folder) == [(folder / "closed", "Permission denied")]
        draft, unread = ImagesSource(folder).drafts()
    assert isinstance(draft, Draft)
    assert draft.id == "a"
    assert isinstance(unread, Unread)
    assert (unread.path, unread.reason) == (
        str(folder / "closed"),
        "is a folder that cannot be read: Permission denied",
    )


def test_looking_what_a_folder_holds_passes_over_what_may_not_be_read(folder: Path) -> None:
    detect_source(folder)  # imports what it needs while it may
    with ordinary_user():
        assert detect_source(folder) == "images"


@pytest.mark.parametrize("read", [check_regular, read_articles, read_dataset])
def test_a_file_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch, read: Callable[[Path], object]) -> None:
    (tmp_path / "a.dcm").write_bytes(b"x")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SourceError, match=r"a\.dcm cannot be read: permission denied"):
        read(tmp_path / "a.dcm")
