"""The written schema of a report: the page is the code's, and what is no report is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.report.schema import faults_of, report_page
from lexiscope.evaluate.statistics import Estimate

_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "report.md"


def test_the_page_is_the_one_that_the_code_gives() -> None:
    again = "python -m lexiscope.evaluate.report.schema > docs/reference/report.md"
    assert _PAGE.read_text(encoding="utf-8") == report_page(), f"write it again: {again}"


@pytest.fixture
def record() -> dict[str, Any]:
    estimate = Estimate(0.5, 0.4, 0.6, 0.1, n=20, groups=5, parts={"by_level": {"simple": Estimate.nothing()}})
    report = Report("search", "test", 20, 20, 5, {"recall@1": estimate}, sections={"k": 5})
    return json.loads(json.dumps(report.to_dict()))


def test_what_a_report_writes_has_no_faults(record: dict[str, Any]) -> None:
    assert faults_of(record) == []


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("split", None, "split: expected str, got NoneType"),
        ("verdicts", "better", "verdicts: expected list, got str"),
        ("metrics", {"recall@1": 0.5}, "metrics.recall@1: expected an estimate or estimates by name, got float"),
        ("metrics", {"recall@1": {"value": 0.5}}, "metrics.recall@1: an estimate without low, high, chance, n, groups"),
        (
            "baselines",
            {"blank": {"auc": {"value": 0.5, "low": 0.6, "high": 0.4, "chance": 0.5, "n": 1, "groups": 1}}},
            "baselines.blank.auc: the interval 0.6 to 0.4 is turned round",
        ),
        ("of_turns", {"a": [{1, 2}]}, "of_turns.a[0]: expected plain JSON types, got set"),
    ],
)
def test_each_fault_is_named_with_its_place(record: dict[str, Any], name: str, value: object, fault: str) -> None:
    assert faults_of({**record, name: value}) == [fault]


def test_a_missing_field_and_another_document_are_named(record: dict[str, Any]) -> None:
    del record["rule"]
    assert faults_of(record) == ["expected 'rule', found nothing"]
    assert faults_of([record]) == ["expected an object, got list"]
