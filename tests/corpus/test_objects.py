"""Image files by content hash: found with any suffix, copied whole, and never under a wrong name."""

import gzip
from hashlib import sha256

import pytest

from lexiscope.core import Image
from lexiscope.core.errors import CorpusError, SourceError
from lexiscope.corpus.objects import find_object, keep_object, remove_leftovers


def stored(folder, data, image_format, suffix):
    origin = folder / f"origin{suffix}"
    origin.write_bytes(data)
    content = sha256(data).hexdigest()
    keep_object(folder / "objects", origin, content=content, image_format=image_format)
    return Image(content, "sem", image_format, (4, 4))


@pytest.mark.parametrize(
    ("image_format", "data", "suffix"),
    [
        ("jpeg", b"\xff\xd8", ".jpg"),
        ("tiff", b"II*\0", ".tif"),
        ("png", b"\x89PNG", ".png"),
        ("nifti", b"\x5c\x01\0\0", ".nii"),
        ("nifti", gzip.compress(b"\x5c\x01\0\0", mtime=0), ".nii.gz"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_the_bytes_decide_the_name(tmp_path, image_format, data, suffix):
    image = stored(tmp_path, data, image_format, ".whatever")
    path = find_object(tmp_path / "objects", image)
    assert path == tmp_path / "objects" / image.content[:2] / f"{image.content}{suffix}"
    assert path.read_bytes() == data


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(SourceError, match=r"a\.png changed while it was read"):
        keep_object(tmp_path / "objects", tmp_path / "a.png", content="0" * 64, image_format="png")
    assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []


def test_a_file_that_is_there_is_not_written_again_unless_it_was_cut(tmp_path):
    image = stored(tmp_path, b"\x89PNG whole", "png", ".png")
    path = find_object(tmp_path / "objects", image)
    before = path.stat().st_mtime_ns
    stored(tmp_path, b"\x89PNG whole", "png", ".png")
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"\x89PNG")
    stored(tmp_path, b"\x89PNG whole", "png", ".png")
    assert path.read_bytes() == b"\x89PNG whole"


def test_what_is_gone_says_how_to_get_it_back(tmp_path):
    with pytest.raises(CorpusError, match=r"is missing from .*; build again to restore it"):
        find_object(tmp_path, Image("0" * 64, "sem", "png", (4, 4)))
    with pytest.raises(CorpusError, match=r"is referenced at /none\.png, which is gone; put it back"):
        find_object(tmp_path, Image("0" * 64, "sem", "png", (4, 4), path="/none.png"))


def test_leftovers_are_removed_and_nothing_else(tmp_path):
    folder = tmp_path / "objects" / "ab"
    folder.mkdir(parents=True)
    for path in (folder / ".ab12.png.7.part", folder / "ab12.png"):
        path.touch()
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ab12.png"]
