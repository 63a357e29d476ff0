"""`Report`: its JSON reads again, also as it was written before; what is printed comes from it alone."""

import json

import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.statistics import Estimate

_RECALL = Estimate(0.5, 0.4, 0.6, 0.1, n=20, groups=5)
_NOTHING = Estimate.nothing()
_REPORT = Report(
    task="caption",
    split="test",
    n=20,
    cases=10,
    groups=5,
    metrics={"quality": Estimate(0.7, None, None, None, n=20, groups=1, parts={"by_level": {"simple": _RECALL}})},
    baselines={"blank_image": {"quality": _RECALL}},
    verdicts=("The model against blank image: better",),
    notes=("two were left out",),
    sections={"by_site": {"left": _RECALL}, "wordings": {"red": ["a red thing"]}},
    audit={"checked": True, "accepted": "the same scanner", "refused": {"group": 1}, "left_out": ["a", "b"]},
    rule="The rule.",
    corpus="c0",
)


def test_json_reads_again() -> None:
    record = json.loads(json.dumps(_REPORT.to_dict()))
    assert record["metrics"]["quality"]["by_level"]["simple"]["value"] == 0.5
    assert record["by_site"]["left"]["groups"] == 5, "sections stand at the top level"
    assert Report.from_dict(record) == _REPORT


def test_what_was_written_before_reads_as_it_would_be_written_now() -> None:
    quality = {
        "value": 60.0,
        "low": 50.0,
        "high": 70.0,
        "chance": 20.0,
        "n": 9,
        "by_level": {"simple": _RECALL.to_dict()},
    }
    kept = {"task": "interpret", "split": "test", "n": 9, "metrics": {"overall_quality": quality}, "judge": "rules"}
    read = Report.from_dict(kept)
    assert (read.task, read.cases, read.sections["judge"]) == ("assistant", 9, "rules")
    assert read.metric("overall_quality").n == 9
    assert read.metric("overall_quality").groups is None
    assert read.metric("overall_quality", "by_level", "simple") == _RECALL
    with pytest.raises(EvaluationError, match="expected the JSON of `lexiscope evaluate`"):
        Report.from_dict({"task": "search"})


def test_metrics_are_found_by_name_or_the_names_there_are_are_told() -> None:
    assert _REPORT.baseline("blank_image", "quality") is _RECALL
    with pytest.raises(EvaluationError, match="nothing measured is called 'auc'; there are quality"):
        _REPORT.metric("auc")
    with pytest.raises(EvaluationError, match="blank_image holds several estimates; name one of quality"):
        _REPORT.baseline("blank_image")
    with pytest.raises(EvaluationError, match="expected several estimates under 'quality'"):
        _REPORT.branch("quality")


def test_a_section_cannot_take_the_name_of_a_field() -> None:
    with pytest.raises(ValueError, match="sections under names of their own, got rule"):
        Report("search", "test", 1, 1, 1, {}, sections={"rule": "mine"})


def test_tables_hold_the_model_its_baselines_and_every_section_with_estimates() -> None:
    main, by_site = _REPORT.tables()
    assert main.title == "caption, split test (leak accepted: the same scanner)"
    assert [(row.of, row.metric) for row in main.rows] == [
        ("the model", "quality"),
        ("the model", "quality, simple"),
        ("blank image", "quality"),
    ]
    assert main.rows[0].cells == ("the model", "quality", "0.700", "one group", "", "20")
    assert (by_site.title, [row.cells for row in by_site.rows]) == (
        "by site",
        [("left", "", "0.500", "0.400 to 0.600", "0.100", "20")],
    )


def test_lines_say_what_a_reader_must_know() -> None:
    assert _REPORT.lines() == [
        "The model against blank image: better",
        "two were left out",
        "test: 20 items about 10 cases in 5 groups; corpus c0",
        "The rule.",
        "leak accepted ({'group': 1}): the same scanner",
        "2 texts that training also has were left out",
    ]
    unchecked = Report("search", "test", 1, 1, 1, {}, audit={"checked": False, "note": "it is gone"})
    assert unchecked.lines()[-1] == "not audited: it is gone"
