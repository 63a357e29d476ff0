"""Lines of `rejected.jsonl`: replaced by source, kept by others, untouched by a build that dies."""

import pytest

from lexiscope.corpus.rejections import log_rejections, read_rejections
from lexiscope.sources import Rejected, Unread


def note(folder, source, *reasons):
    with log_rejections(folder, source) as rejections:
        for reason in reasons:
            rejections.add(Rejected("ü.csv", reason, "repair it"))
    return rejections.count


def reasons(folder):
    return [(line["source"], line["reason"]) for line in read_rejections(folder)]


def test_a_source_replaces_its_own_lines_only(tmp_path):
    assert note(tmp_path, "table", "one", "two") == 2
    note(tmp_path, "dicom", "three")
    note(tmp_path, "table", "four")
    assert reasons(tmp_path) == [("dicom", "three"), ("table", "four")]
    assert note(tmp_path, "dicom") == 0
    assert reasons(tmp_path) == [("table", "four")]


def test_a_build_that_dies_leaves_the_file_as_it_was(tmp_path):
    note(tmp_path, "table", "one")
    with pytest.raises(AttributeError), log_rejections(tmp_path, "table") as rejections:
        rejections.add(None)
    assert reasons(tmp_path) == [("table", "one")]
    assert [path.name for path in tmp_path.iterdir()] == ["rejected.jsonl"]


def test_no_file_is_no_line(tmp_path):
    assert list(read_rejections(tmp_path)) == []


def test_words_stay_readable(tmp_path):
    note(tmp_path, "table", "größer")
    assert "größer" in (tmp_path / "rejected.jsonl").read_text(encoding="utf-8")


def test_a_torn_line_says_so_and_costs_no_verb(tmp_path):
    note(tmp_path, "table", "one", "two")
    path = tmp_path / "rejected.jsonl"
    path.write_bytes(path.read_bytes()[:-20] + b"\xff")
    path.write_text(path.read_text(errors="surrogateescape") + "\n[1]\n", errors="surrogateescape")
    assert [line["reason"][:19] for line in read_rejections(tmp_path)] == ["one", *["the line is damaged"] * 2]
    note(tmp_path, "dicom", "three")
    assert reasons(tmp_path) == [("table", "one"), ("dicom", "three")]


def test_no_control_character_is_written(tmp_path):
    with log_rejections(tmp_path, "table:/a\udcff") as rejections:
        rejections.add(Rejected("\udcff\x1b[31m.png", "\ud800 \x9b \u202e", "repair it"))
    written = (tmp_path / "rejected.jsonl").read_text(encoding="utf-8")
    assert not set("\x1b\x9b\u202e") & set(written)
    (line,) = read_rejections(tmp_path)
    assert line["path"] == r"\xff\x1b[31m.png"
    assert note(tmp_path, "table:/a\udcff") == 0
    assert reasons(tmp_path) == []


def test_unread_files_are_counted_apart(tmp_path):
    with log_rejections(tmp_path, "images") as rejections:
        rejections.add(Unread("cells.czi", "a Zeiss microscope image", "convert it"))
        rejections.add(Rejected("a.png", "damaged", "copy it again"))
    assert (rejections.count, rejections.unread) == (1, 1)
    assert [line["kind"] for line in read_rejections(tmp_path)] == ["unread", "rejected"]


def test_lines_without_a_kind_were_rejected(tmp_path):
    (tmp_path / "rejected.jsonl").write_text('{"path": "a", "reason": "b", "remedy": "c", "source": "table"}\n')
    assert [line["kind"] for line in read_rejections(tmp_path)] == ["rejected"]
