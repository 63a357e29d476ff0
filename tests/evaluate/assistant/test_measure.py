"""The four scores of given answers, worked by hand."""

import numpy as np
import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.turn import Turn
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.assistant.measure import AssistantMeasure, ScoredAnswer
from lexiscope.evaluate.judges.judge import JudgeScore
from lexiscope.evaluate.verdict import verdict
from lexiscope.language.text.context import AS_PUBLISHED, LEVELS
from lexiscope.language.text.lexicon import Lexicon

_TURNS = (Turn("Any cracks?", "Yes", "defect"), Turn("Which defects?", "Pores.", "defect", "complex"))


def _items(groups):
    cases = [Case(f"case-{n}", f"paper-{n}", Provenance("by hand")) for n in range(groups)]
    return [
        ContextualQuestion(case, turn, at, None, features=turn.level == "complex")
        for case in cases
        for turn in _TURNS
        for at in (*LEVELS, *AS_PUBLISHED)
    ]


def _scored(items, qualities, answers=("Yes", "Pores.")):
    """Quality by level of context; the features are those of quality / 25."""
    given = [answers[item.turn.level == "complex"] for item in items]
    told = [qualities.get(item.at, 0.0) for item in items]
    scores = [
        JudgeScore(quality, int(quality // 25) if item.features else None)
        for quality, item in zip(told, items, strict=True)
    ]
    return ScoredAnswer.of(items, given, scores, Lexicon.load())


@pytest.fixture
def measure():
    items = _items(5)
    random = [_scored(items, dict.fromkeys(LEVELS, 25.0), answers=(word, "Bubbles.")) for word in ("Yes", "No")]
    return AssistantMeasure(items, random, seed=0, resamples=20)


def test_each_score_comes_with_chance_and_parts(measure):
    scores = measure.all(_scored(measure.items, {"none": 50.0, "caption": 75.0, "full": 100.0}))
    found = {name: score.to_dict() for name, score in scores.items()}
    quality = found["overall_quality"]
    assert (quality["value"], quality["chance"], quality["n"], quality["groups"]) == (75, 25, 30, 5)
    by_context = {at: part["value"] for at, part in quality["by_context"].items()}
    published = {"caption as published": 0, "full as published": 0}  # beside the others, and not in the score
    assert by_context == {"none": 50, "caption": 75, "full": 100, **published}
    assert {level: part["n"] for level, part in quality["by_level"].items()} == {"simple": 15, "complex": 15}
    features = found["feature_identification"]
    assert (features["value"], features["n"], features["by_level"]["simple"]["value"]) == (3, 15, None)
    defects = found["defect_accuracy"]
    assert (defects["value"], defects["chance"], defects["n"]) == (1, 0.5, 15)


def test_sensitivity_compares_the_same_questions(measure):
    scores = measure.all(_scored(measure.items, {"none": 50.0, "caption": 75.0, "full": 100.0}))
    found = scores["context_sensitivity"].to_dict()
    assert (found["value"], found["low"], found["chance"], found["n"]) == (50, 50, 0, 10)
    assert found["by_context"]["caption"]["value"] == 25
    assert found["as_published"]["overall_quality"]["value"] == -50
    assert found["as_published"]["feature_identification"]["value"] == -2
    assert found["feature_identification"]["value"] == 2
    assert found["defect_accuracy"]["value"] == 0


def test_balanced_accuracy_gives_nothing_for_always_yes():
    turns = [Turn("Any?", "Yes", "defect")] * 3 + [Turn("Any?", "No", "defect")]
    items = [
        ContextualQuestion(Case(f"c{n}", f"p{n}", Provenance("by hand")), turn, "none", None, features=False)
        for n, turn in enumerate(turns)
    ]
    scored = ScoredAnswer.of(items, ["Yes"] * 4, [None] * 4, Lexicon.load())
    scores = AssistantMeasure(items, [], 0, 20).all(scored)
    assert scores["defect_accuracy"].value == 0.75
    assert scores["defect_accuracy"].parts["balanced"].value == 0.5
    assert scores["overall_quality"].value is None, "nobody scored anything"


def test_verdicts_say_whether_intervals_lie_apart(measure):
    good = _scored(measure.items, dict.fromkeys(LEVELS, 100.0))
    bad = _scored(measure.items, dict.fromkeys(LEVELS, 25.0))
    words = verdict(measure.difference(good, bad), than="blank image", scores=(measure.all(good), measure.all(bad)))
    assert words == (
        "The model against blank image: overall quality: better by 75.0 (75.0 to 75.0), intervals apart; "
        "feature identification: better by 3.000 (3.000 to 3.000), intervals apart; "
        "defect accuracy: +0.000 (+0.000 to +0.000), no clear difference; "
        "context sensitivity: +0.000 (+0.000 to +0.000), no clear difference"
    )


def test_missing_scores_are_left_out():
    items = _items(2)
    scores = [JudgeScore(80.0)] + [None] * (len(items) - 1)
    scored = ScoredAnswer.of(items, ["Yes"] * len(items), scores, Lexicon.load())
    assert int((~np.isnan(scored.overall_quality)).sum()) == 1
