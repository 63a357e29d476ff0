from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.drawing import draw
from lexiscope.interpret.result import Result
from lexiscope.interpret.subject import Outcome
from lexiscope.interpret.uncertainty.method import uncertainty
from lexiscope.testing.interpretables import PlantedSubject, shuffled


@dataclass(frozen=True)
class Doubter(PlantedSubject):
    """A planted model that is wrong of a fifth of its cases, and says so by half its usual confidence, or by none."""

    knows: bool = True

    def outcomes(self, cases, coalitions):
        flipped = np.array([int(name.rpartition("-")[2]) % 5 == 0 for name in cases.ids])
        made = []
        for outcome in super().outcomes(cases, coalitions):
            p = np.where(flipped[:, None], outcome.probabilities[:, ::-1], outcome.probabilities)
            if self.knows:
                p = np.where(flipped[:, None], 0.5 + (p - 0.5) / 2, p)
            made.append(Outcome(p[np.arange(len(p)), cases.truth], p))
        return made


@dataclass(frozen=True)
class Outliner(PlantedSubject):
    """A model without classes: a score of each case, and a confidence that is the score."""

    confident: bool = True
    judged: bool = False  # says which answers are right

    def outcomes(self, cases, coalitions):
        return [
            Outcome(
                one.score,
                confidence=one.score if self.confident else None,
                correct=(one.score > 0.5).astype(float) if self.judged else None,
            )
            for one in super().outcomes(cases, coalitions)
        ]


def value_of(result: Result, measure: str, condition: str = "as given") -> Any:
    (row,) = [row for row in result.rows if (row["condition"], row["measure"]) == (condition, measure)]
    return row["value"]


@cache
def run(subject: PlantedSubject) -> Result:
    cases = replace(subject.cases(240, seed=1), groups=[f"new-{number // 2}" for number in range(240)])
    return uncertainty(subject, cases, calibration=subject.cases(240, seed=2))


def test_a_model_that_knows_when_it_is_wrong_is_found_out():
    result = run(Doubter())
    assert value_of(result, "risk").value == pytest.approx(0.2, abs=0.01)
    assert value_of(result, "E-AURC").value == pytest.approx(0, abs=1e-9)
    assert value_of(result, "FPR at 95 % TPR").value == 0
    assert value_of(result, "abstaining: share that is answered").value == pytest.approx(0.8, abs=0.01)
    assert any("confidence sorts its answers: the surer half has a risk of 0" in finding for finding in result.findings)


def test_a_model_that_does_not_know_cannot_be_trusted_to_abstain():
    result = run(Doubter(knows=False))
    area = value_of(result, "AURC")
    assert area.low <= area.chance <= area.high
    assert value_of(result, "abstaining: share that is answered").value == 0
    assert not any("sorts" in finding for finding in result.findings)
    assert any("No answer can be promised" in finding for finding in result.findings)


def test_sets_keep_their_promise_on_cases_like_those_held_out():
    result = run(Doubter())
    for kind in ("LAC", "APS"):
        assert value_of(result, f"{kind} sets: share that holds the truth").high >= 0.9
    assert not any("as promised" in finding for finding in result.findings)


def test_sets_that_break_their_promise_are_reported():
    subject = PlantedSubject()
    cases = replace(shuffled(subject.cases(240, seed=1)), groups=[f"new-{number // 2}" for number in range(240)])
    result = uncertainty(subject, cases, calibration=subject.cases(240, seed=2))
    assert any("LAC sets hold the truth of 0.5" in finding for finding in result.findings)
    assert any("Abstaining lets through a risk of" in finding for finding in result.findings)


def test_noise_raises_risk_more_than_confidence_falls():
    result = run(PlantedSubject(rule="copy"))  # reads the sign of the sum: it is as sure of noise as of a bit
    noisy = value_of(result, "risk rises by", "with noise of variance 0.5")
    assert noisy.low > value_of(result, "risk rises by", "with noise of variance 0.01").high
    noisy = [finding for finding in result.findings if "With noise of variance" in finding and "too sure" in finding]
    assert len(noisy) == 1, "the least noise of a kind stands for stronger ones"
    assert [chart.levels for chart in result.charts if "noise grows" in chart.title] == [
        ["0", "0.01", "0.03", "0.05", "0.07", "0.1", "0.3", "0.5"]
    ]


def test_a_needed_input_that_is_missing_is_felt_and_a_needless_one_is_not():
    result = run(PlantedSubject(rule="first"))
    assert value_of(result, "risk rises by", "without a").low > 0.3
    assert value_of(result, "confidence falls by", "without a").low > 0.3
    assert value_of(result, "risk rises by", "without b").value == 0
    assert any("Without a" in finding and "confidence falls, too" in finding for finding in result.findings)
    assert not any("Without b" in finding for finding in result.findings)


def test_cases_that_lack_an_input_are_not_asked_to_lose_it():
    subject = PlantedSubject(rule="first")
    cases = subject.cases(80)
    cases = replace(cases, present={"a": np.arange(80) < 60, "b": np.arange(80) >= 40})
    result = uncertainty(subject, cases)
    assert value_of(result, "risk rises by", "without a").n < 20  # of the 20 that have both, those that are measured


def test_a_model_without_classes_is_judged_by_its_own_confidence():
    result = run(Outliner(rule="first"))
    assert "ECE" not in {row["measure"] for row in result.rows}
    assert value_of(result, "risk").value == pytest.approx(0.018, abs=0.001)
    assert value_of(run(Outliner(rule="first", judged=True)), "risk").value == 0, "all answers are right"


def test_a_model_that_never_says_how_sure_it_is_cannot_be_judged():
    with pytest.raises(
        UsageError, match="expected probabilities of classes or a confidence of every answer, got neith"
    ):
        run(Outliner(confident=False))


def test_half_of_the_groups_is_calibrated_on_where_nothing_is_held_out():
    result = uncertainty(PlantedSubject(), PlantedSubject().cases(100))
    assert result.about["calibrated_on"] == {
        "split": "test",
        "cases": 50,
        "groups": 25,
        "half_of_the_measured_split": True,
    }
    assert result.about["groups"] == 25
    assert (
        "calibrated on 50 cases of 25 groups of the split 'test', half of its groups, drawn (seed 0)" in result.sample
    )
    assert "noise: 32 of 50 cases" in result.sample


def test_groups_on_both_sides_are_refused():
    cases = PlantedSubject().cases(20)
    with pytest.raises(UsageError, match=r"expected other groups to calibrate on than .*, got group-0 among both"):
        uncertainty(PlantedSubject(), cases, calibration=cases)


def test_a_seed_gives_the_same_twice_and_its_charts_can_be_drawn():
    subject = PlantedSubject(inputs=("a", "b", "c"))
    one, other = (uncertainty(subject, subject.cases(60), seed=3) for _ in range(2))
    assert one.to_json() == other.to_json()
    assert len(draw(one.charts).subfigs) == 4
    assert "as given" in one.table()
