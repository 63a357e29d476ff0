"""What a table says about cases: found by the names of columns, joined by the names of cases."""

import pytest

from lexiscope.core import Passage
from lexiscope.core.errors import UsageError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.scans.nifti.case_table import join_column, read_facts, sole_table


def table(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_only_table_within_goes_before_the_one_beside(tmp_path):
    folder = tmp_path / "cases"
    folder.mkdir()
    assert sole_table(folder) is None
    beside = table(tmp_path / "cases.csv", "case\n")
    assert sole_table(folder) == beside
    within = table(folder / "facts.tsv", "case\n")
    assert sole_table(folder) == within
    table(folder / "more.csv", "case\n")
    assert sole_table(folder) is None  # a choice


def test_names_with_brackets_are_no_pattern(tmp_path):
    (tmp_path / "a[b]").mkdir()
    beside = table(tmp_path / "a[b].csv", "case\n")
    assert sole_table(tmp_path / "a[b]") == beside


def test_the_column_of_names_is_found_by_name_or_by_content(tmp_path):
    names = frozenset({"p1", "p2"})
    assert join_column(table(tmp_path / "a.csv", "x,Case\np1,p1\n"), names) == "Case"
    assert join_column(table(tmp_path / "b.csv", "age,scan\n61,p2\n"), names) == "scan"
    with pytest.raises(UsageError, match=r"no column of c\.csv names the cases \(p1, p2, \.\.\.\)\. Its columns: age"):
        join_column(table(tmp_path / "c.csv", "age\n61\n"), names)
    with pytest.raises(UsageError, match=r"file of cases, got .*; check --table"):
        join_column(tmp_path / "none.csv", names)


def test_rows_are_facts(tmp_path):
    path = table(
        tmp_path / "a.csv",
        "case,Patient,split,licence,report,age,code\np1,g1,train,CC0-1.0,Fine.,61,007\np2,,,,,,\n,g,,,,,\n",
    )
    first, second, nameless = read_facts(path, "case")
    assert (first.name, first.group, first.split, first.licence) == ("p1", "g1", "train", "CC0-1.0")
    assert first.texts == (Passage("report", "Fine.", column="report"),)
    assert first.attributes["age"] == 61
    assert first.attributes["code"] == "007"
    assert first.locator == {"table": "a.csv", "row": 1}
    assert (second.group, second.split, second.texts, second.attributes) == ("", None, (), {})
    assert isinstance(nameless, Rejected)
    assert nameless.reason == "the row has no case"
