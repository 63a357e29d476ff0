"""The four scores of given answers, worked by hand."""

import numpy as np
import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.turn import Turn
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.assistant.measure import AssistantMeasure, ScoredAnswer, apart
from lexiscope.evaluate.assistant.verdict import verdict
from lexiscope.evaluate.judges.judge import JudgeScore
from lexiscope.language.text.context import LEVELS
from lexiscope.language.text.lexicon import Lexicon

_TURNS = (Turn("Any cracks?", "Yes", "defect"), Turn("Which defects?", "Pores.", "defect", "complex"))


def _items(groups):
    cases = [Case(f"case-{n}", f"paper-{n}", Provenance("by hand")) for n in range(groups)]
    return [
        ContextualQuestion(case, turn, at, None, features=turn.level == "complex")
        for case in cases
        for turn in _TURNS
        for at in LEVELS
    ]


def _scored(items, qualities, answers=("Yes", "Pores.")):
    """Quality by level of context; the features are those of quality / 25."""
    said = [answers[item.turn.level == "complex"] for item in items]
    marks = [JudgeScore(qualities[item.at], int(qualities[item.at] // 25) if item.features else None) for item in items]
    return ScoredAnswer.of(items, said, marks, Lexicon.load())


@pytest.fixture
def measure():
    items = _items(5)
    luck = [_scored(items, dict.fromkeys(LEVELS, 25.0), answers=(word, "Bubbles.")) for word in ("Yes", "No")]
    return AssistantMeasure(items, luck, seed=0, resamples=20)


def test_each_score_comes_with_chance_and_parts(measure):
    found = measure.all(_scored(measure.items, {"none": 50.0, "caption": 75.0, "full": 100.0}))
    quality = found["overall_quality"]
    assert (quality["value"], quality["chance"], quality["n"], quality["groups"]) == (75, 25, 30, 5)
    assert {at: part["value"] for at, part in quality["by_context"].items()} == {"none": 50, "caption": 75, "full": 100}
    assert {level: part["n"] for level, part in quality["by_level"].items()} == {"simple": 15, "complex": 15}
    features = found["feature_identification"]
    assert (features["value"], features["n"], features["by_level"]["simple"]["value"]) == (3, 15, None)
    defects = found["defect_accuracy"]
    assert (defects["value"], defects["chance"], defects["n"]) == (1, 0.5, 15)


def test_sensitivity_compares_the_same_questions(measure):
    found = measure.all(_scored(measure.items, {"none": 50.0, "caption": 75.0, "full": 100.0}))["context_sensitivity"]
    assert (found["value"], found["low"], found["chance"], found["n"]) == (50, 50, 0, 10)
    assert found["by_context"]["caption"]["value"] == 25
    assert found["feature_identification"]["value"] == 2
    assert found["defect_accuracy"]["value"] == 0


def test_balanced_accuracy_gives_nothing_for_always_yes():
    turns = [Turn("Any?", "Yes", "defect")] * 3 + [Turn("Any?", "No", "defect")]
    items = [
        ContextualQuestion(Case(f"c{n}", f"p{n}", Provenance("by hand")), turn, "none", None, features=False)
        for n, turn in enumerate(turns)
    ]
    scored = ScoredAnswer.of(items, ["Yes"] * 4, [None] * 4, Lexicon.load())
    found = AssistantMeasure(items, [], 0, 20).all(scored)
    assert found["defect_accuracy"]["value"] == 0.75
    assert found["defect_accuracy"]["balanced"]["value"] == 0.5
    assert found["overall_quality"]["value"] is None, "nobody marked anything"


def test_verdicts_say_whether_intervals_lie_apart(measure):
    good = _scored(measure.items, dict.fromkeys(LEVELS, 100.0))
    bad = _scored(measure.items, dict.fromkeys(LEVELS, 25.0))
    said = verdict(measure.difference(good, bad), measure.all(good), measure.all(bad), than="blank image")
    assert said == (
        "The model against blank image: overall quality: better by 75.00 (75.00 to 75.00), intervals apart; "
        "feature identification: better by 3.00 (3.00 to 3.00), intervals apart; "
        "defect accuracy: +0.00 (+0.00 to +0.00), no clear difference; "
        "context sensitivity: +0.00 and +0.00, no clear difference"
    )


def test_three_groups_are_too_few_for_a_verdict():
    items = _items(3)
    measure = AssistantMeasure(items, [], 0, 20)
    good, bad = (_scored(items, dict.fromkeys(LEVELS, points)) for points in (100.0, 25.0))
    said = verdict(measure.difference(good, bad), measure.all(good), measure.all(bad), than="text only")
    assert "overall quality: +75.00, from 3 groups, too few to say more" in said


def test_intervals_that_touch_are_not_apart():
    assert apart({"low": 2, "high": 3}, {"low": 0, "high": 1}) is True
    assert apart({"low": 1, "high": 3}, {"low": 0, "high": 1}) is False
    assert apart({"low": None, "high": None}, {"low": 0, "high": 1}) is None


def test_missing_marks_are_left_out():
    items = _items(2)
    marks = [JudgeScore(80.0)] + [None] * (len(items) - 1)
    scored = ScoredAnswer.of(items, ["Yes"] * len(items), marks, Lexicon.load())
    assert int((~np.isnan(scored.overall_quality)).sum()) == 1
