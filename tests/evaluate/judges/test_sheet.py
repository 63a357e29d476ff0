"""Judging by hand: the sheet is blind and complete, and bad lines are named with the reason."""

import csv
from dataclasses import replace

import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.evaluate.judges.judge import JudgedAnswer, JudgeScore
from lexiscope.evaluate.judges.sheet import COLUMNS, read_sheet, write_sheet

_LIST = JudgedAnswer("case-1", "Which defects are visible?", "Annealed.", "Cracks.", "Cracks and pores.", "", True)
_ANSWERS = [_LIST, *(JudgedAnswer(f"case-{n}", "Is it odd?", None, f"=Say {n}", "No", "", False) for n in range(2, 9))]


def _rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _filled(path, **values):
    rows = [{**row, **values.get(row["question"], values.get("every", {}))} for row in _rows(path)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "sheet.csv"
    assert write_sheet(path, [*_ANSWERS, _LIST], images={"case-1": "objects/ab/ab12.png"}) == len(_ANSWERS)
    return path


def test_a_sheet_shows_everything_but_who_answered(sheet):
    rows = _rows(sheet)
    shown = next(row for row in rows if row["features"] == "")
    assert (shown["image"], shown["context"], shown["reference"], shown["answer"]) == (
        "objects/ab/ab12.png",
        "Annealed.",
        "Cracks and pores.",
        "Cracks.",
    )
    assert [row["id"] for row in rows] != [one.key for one in _ANSWERS], "the order should say nothing"
    assert {row["answer"][0] for row in rows if row != shown} == {"'"}, "a spreadsheet must not compute answers"


def test_marks_come_back_in_the_order_asked(sheet):
    _filled(sheet, every={"quality": "40"}, **{_LIST.question: {"quality": "72,5", "features": "3"}})
    scores = read_sheet(sheet, _ANSWERS).scores([*_ANSWERS, replace(_LIST, answer="Something else.")])
    assert scores == [JudgeScore(72.5, 3), *[JudgeScore(40.0)] * 7, None]


def test_lines_without_a_quality_are_not_judged(sheet):
    _filled(sheet, **{_LIST.question: {"quality": "10"}})
    assert read_sheet(sheet, _ANSWERS).scores(_ANSWERS) == [JudgeScore(10.0), *[None] * 7]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"quality": "good"}, "quality must be 0 to 100, got 'good'"),
        ({"quality": "101"}, "quality must be 0 to 100, got 101"),
        ({"quality": "nan"}, "quality must be 0 to 100, got nan"),
        ({"quality": "50", "features": "5"}, "features must be 1, 2, 3 or 4, got 5"),
        ({"quality": "50", "id": "abc"}, "id 'abc' belongs to no answer"),
    ],
)
def test_bad_lines_are_named_with_the_reason(sheet, values, fault):
    _filled(sheet, **{_LIST.question: values})
    with pytest.raises(EvaluationError, match=rf"sheet.csv has lines that cannot be used: line \d+: {fault}"):
        read_sheet(sheet, _ANSWERS)


def test_a_line_twice_is_named(sheet):
    _filled(sheet, every={"id": _ANSWERS[1].key, "quality": "5"}, **{_LIST.question: {}})
    with pytest.raises(EvaluationError, match=r"stands there twice.* and 1 more"):
        read_sheet(sheet, _ANSWERS)


def test_an_empty_or_foreign_file_says_what_to_do(sheet, tmp_path):
    with pytest.raises(EvaluationError, match="found none; fill the column quality"):
        read_sheet(sheet, _ANSWERS)
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(EvaluationError, match="none named 'id'; write a sheet with --sheet-out"):
        read_sheet(other, _ANSWERS)
    with pytest.raises(EvaluationError, match="expected a CSV file"):
        read_sheet(tmp_path / "nowhere.csv", _ANSWERS)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_spreadsheet_computes_nothing(tmp_path, start):
    words = f"{start}HYPERLINK(1)"
    answers = [JudgedAnswer("case-1", words, words, words, words, "", False)]
    write_sheet(tmp_path / "sheet.csv", answers, images={"case-1": words})
    (row,) = _rows(tmp_path / "sheet.csv")
    assert {row[name][0] for name in ("image", "question", "context", "reference", "answer")} == {"'"}
