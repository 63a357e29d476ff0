"""Nothing is written or removed through a link, and nothing but names of ours is removed."""

from pathlib import Path

import pytest

from lexiscope.core.errors import LexiscopeError
from lexiscope.core.owned import remove_made, require_own


def test_a_link_on_the_way_is_refused_at_every_level(tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "b").mkdir(parents=True)
    (tmp_path / "model" / "a").mkdir(parents=True)
    assert require_own(tmp_path / "model", "a", "b") == tmp_path / "model" / "a" / "b"
    (tmp_path / "model" / "a" / "b").symlink_to(tmp_path / "elsewhere" / "b")
    (tmp_path / "model" / "c").symlink_to(tmp_path / "elsewhere")
    for names in (("a", "b"), ("c",), ("c", "b")):
        with pytest.raises(LexiscopeError, match=r"got a link to .*elsewhere.*; remove the link"):
            require_own(tmp_path / "model", *names)
    (tmp_path / "linked").symlink_to(tmp_path / "model")
    assert require_own(tmp_path / "linked", "a").name == "a"  # a whole model may lie elsewhere


def test_only_names_of_ours_go(tmp_path: Path) -> None:
    folder, kept = tmp_path / "ours", tmp_path / "kept"
    (folder / "aa").mkdir(parents=True)
    (folder / "ab").write_text("ours")
    (folder / "thesis").mkdir()
    kept.mkdir()
    (kept / "data").write_text("precious")
    (folder / "ac").symlink_to(kept)
    remove_made(folder, "a[a-z]")
    assert sorted(child.name for child in folder.iterdir()) == ["ac", "thesis"]
    assert (kept / "data").read_text() == "precious"
    remove_made(tmp_path / "none", ".*")
