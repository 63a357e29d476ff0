"""What the cells of a row stand for: image files inside the table's folder, texts, facts."""

import pytest

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.tables.dialect import Dialect
from lexiscope.sources.tables.table_row import TableRow, empty_table, is_table, table_columns, table_rows
from lexiscope.sources.text_encoding import TextEncoding


@pytest.fixture
def table(tmp_path):
    (tmp_path / "lab").mkdir()
    (tmp_path / "secret.png").touch()
    (tmp_path / "lab" / "a.nii.gz").touch()
    path = tmp_path / "lab" / "visits.csv"
    path.write_text("image,report,age\na.nii.gz,Fine.,61\n,,\n../secret.png,x,1,too many\n")
    return path


def row(table, **cells):
    return TableRow(table, 7, cells)


def test_images_lie_inside_the_tables_folder(table):
    assert row(table, image="a.nii.gz").image("image").origin == (table.parent / "a.nii.gz").resolve()
    assert row(table, image="").image("image") is None
    assert row(table).image("image") is None
    for name, reason in (
        ("../secret.png", "leads outside"),
        ("b.png", "expected a file"),
        (3, "must name a file, got 3"),
    ):
        with pytest.raises(SourceError, match=reason):
            row(table, image=name).image("image")


def test_a_case_is_named_after_its_first_image(table):
    assert row(table, one="", two="below/flair.nii.gz").image_name(["one", "two"]) == "flair"
    assert row(table, one="a.b.png").image_name(["one"]) == "a.b"
    assert row(table, one=3).image_name(["one"]) == ""


def test_texts_and_facts(table):
    full = row(table, report=["Fine.", ""], age="61", side="", code="007")
    assert [(text.kind, text.text) for text in full.passages(["report", "absent"])] == [("report", "Fine.")]
    assert full.attributes(["age", "side", "code"]) == {"age": 61, "code": "007"}
    assert (full.text("age"), full.text(None), full.text("absent")) == ("61", "", "")


def test_a_row_is_found_again(table):
    assert row(table).locator == {"file": "visits.csv", "row": 7}
    rejected = row(table).rejected(SourceError("no image", remedy="name one"))
    assert rejected == Rejected(f"{table}:7", "no image", "name one")


def test_rows_of_a_table(table):
    good, bad = table_rows(table)
    assert (good.number, good.cells["age"]) == (1, "61")
    assert isinstance(bad, Rejected)
    assert table_columns(table) == ["image", "report", "age"]


def test_what_is_no_table(tmp_path):
    assert not is_table(tmp_path)
    assert not is_table(tmp_path / "none.csv")
    with pytest.raises(UsageError, match=r"expected a \.csv, \.tsv, \.jsonl file, got"):
        table_columns(tmp_path)
    assert empty_table(tmp_path / "a.csv").reason == "the table holds no rows"


def test_names_as_windows_writes_them(table):
    (table.parent / "scans").mkdir()
    (table.parent / "scans" / "melt1.png").touch()
    for name in (r"scans\melt1.png", r".\scans\melt1.png", " scans/melt1.png "):
        named = row(table, image=name)
        assert named.image("image").origin == (table.parent / "scans" / "melt1.png").resolve()
        assert named.image_name(["image"]) == "melt1"
    assert row(table, image=r"scans\melt1.png").guesses(images=["image"]) == (r"\ in image was read as /",)
    assert row(table, image="scans/melt1.png").guesses(images=["image"]) == ()
    for name in (r"..\secret.png", r"scans\..\..\secret.png"):
        with pytest.raises(SourceError, match="leads outside"):
            row(table, image=name).image("image")


def test_a_name_with_a_real_backslash_is_read_as_it_is(table):
    (table.parent / r"a\b.png").touch()
    assert row(table, image=r"a\b.png").image("image").origin.name == r"a\b.png"


@pytest.mark.parametrize("word", ["nan", "N/A", "None", float("nan"), None, " "])
def test_a_missing_image_or_group_is_none(table, word):
    empty = row(table, image=word, group=word)
    assert empty.image("image") is None
    assert empty.image_name(["image"]) == ""
    assert empty.stated("group") == ""


def test_decimal_commas_are_numbers_and_said(table):
    german = TableRow(
        table, 1, {"scale": "3,5", "note": "a;b", "n": 3}, ("cut",), Dialect(TextEncoding(guessed=("x",)), ";")
    )
    assert german.attributes(["scale", "note", "n"]) == {"scale": 3.5, "note": "a;b", "n": 3}
    assert german.guesses(facts=["scale", "note", "n"]) == (
        "x",
        "cut",
        "the decimal comma of scale was read as a point",
    )
