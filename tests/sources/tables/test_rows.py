import pytest

from lexiscope.core.errors import UsageError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.tables.rows import Row, check_columns, read_columns, read_rows


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encodings(tmp_path, encoding):
    path = write(tmp_path / "a.csv", "id,text\n1,crème à 5 µm\n", encoding)
    assert [row.cells for row in read_rows(path)] == [{"id": "1", "text": "crème à 5 µm"}]


def test_quotes_line_ends_and_tabs(tmp_path):
    path = write(tmp_path / "a.csv", 'id,text\r\n1,"two\nlines, ""quoted"""\r\n\r\n2,\r\n')
    assert [row.cells for row in read_rows(path)] == [
        {"id": "1", "text": 'two\nlines, "quoted"'},
        {"id": "2", "text": ""},
    ]
    assert next(read_rows(write(tmp_path / "a.tsv", "a\tb\n1\t2,3\n"))).cells == {"a": "1", "b": "2,3"}


def test_a_broken_json_line_is_rejected_with_its_number_and_the_rest_goes_on(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"a": 1}\n{"a": \n\n[1]\n{"a": 2}\n')
    rows = list(read_rows(path))
    assert [type(row) for row in rows] == [Row, Rejected, Rejected, Row]
    assert "line 2" in rows[1].reason
    assert rows[1].path.endswith("a.jsonl:2")
    assert rows[3] == Row(5, {"a": 2})


def test_a_deep_json_line_is_rejected(tmp_path):
    rows = list(read_rows(write(tmp_path / "a.jsonl", '{"a":' + "[" * 100_000 + '\n{"a": 1}\n')))
    assert [type(row) for row in rows] == [Rejected, Row]


def test_rows_with_too_many_cells_and_endless_quotes_are_rejected(tmp_path):
    rows = list(read_rows(write(tmp_path / "a.csv", "a,b\n1,2,3\n4,5\n")))
    assert [type(row) for row in rows] == [Rejected, Row]
    assert any(isinstance(row, Rejected) for row in read_rows(write(tmp_path / "b.csv", 'a,b\n"' + "x" * 200_000)))


def test_columns_of_json_lines_are_those_of_the_first_rows_together(tmp_path):
    assert read_columns(write(tmp_path / "a.jsonl", '{"a": 1}\n{"b": 1}\n')) == ["a", "b"]
    assert read_columns(write(tmp_path / "b.csv", "")) == []


def test_an_unknown_column_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(UsageError, match=r"no column 'captoin'. Did you mean 'caption'\? Its columns: id, caption"):
        check_columns(tmp_path / "a.csv", ["captoin"], ["id", "caption"])


def test_semicolons_are_read_as_spreadsheets_write_them(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text('image;caption\na.png;"one, two; three"\n', encoding="utf-8-sig")
    assert read_columns(path) == ["image", "caption"]
    assert [row.cells for row in read_rows(path)] == [{"image": "a.png", "caption": "one, two; three"}]


def test_of_two_columns_with_one_name_the_first_keeps_it_and_the_row_says_so(tmp_path):
    path = write(tmp_path / "a.csv", " image ,caption,caption,\na.png,Bubbles.,,\nb.png,Cracks.,checked,\n")
    assert read_columns(path) == ["image", "caption", "caption (2)", ""]
    rows = list(read_rows(path))
    assert [row.cells["caption"] for row in rows] == ["Bubbles.", "Cracks."]
    assert [row.cells["caption (2)"] for row in rows] == ["", "checked"]
    assert rows[0].steps == ("of several columns 'caption' of the table the first was read",)


def test_a_field_that_a_json_line_names_twice_is_rejected_and_padded_names_are_read(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"a": 1, "a": 2}\n{" a ": 3}\n')
    rejected, row = read_rows(path)
    assert "the field 'a' occurs twice" in rejected.reason
    assert row.cells == {"a": 3}


def test_empty_cells_behind_the_header_are_no_cells_and_missing_ones_are_said(tmp_path):
    rows = list(read_rows(write(tmp_path / "a.csv", "a,b,c\n1,2,3,,\n4\n")))
    assert [row.cells for row in rows] == [{"a": "1", "b": "2", "c": "3"}, {"a": "4"}]
    assert [row.steps for row in rows] == [(), ("the row lacks the last 2 of 3 cells, which count as empty",)]


def test_a_json_line_that_is_too_long_costs_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("lexiscope.sources.tables.rows.LONGEST_LINE", 50)
    path = write(tmp_path / "a.jsonl", '{"a": 1}\n{"a": "' + "x" * 230 + '"}\n{"a": 3}\n')
    first, rejected, third = read_rows(path)
    assert (first.number, rejected.path, third.number) == (1, f"{path}:2", 3)
    assert "longer than 50 characters" in rejected.reason
