"""What was published and what holds here: the measures find what was planted, and the page says what was found."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.semantics.dissect import dissect
from lexiscope.interpret.semantics.semantics import semantics
from lexiscope.interpret.subject import Coalition, Level, Outcome
from lexiscope.testing.interpretables import PlantedSubject
from lexiscope.testing.planted_units import GRID, PlantedUnits, planted_cases

_ROOT = Path(__file__).resolve().parents[2]
_GROUPS = [f"group-{number // 2}" for number in range(80)]


@pytest.fixture(autouse=True)
def _bench_is_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_ROOT / "bench"))


class _Untaught(PlantedUnits):
    """The planted units before they see anything."""

    def levels(self, cases):
        there = torch.ones(len(cases), dtype=torch.bool)
        return {
            branch: [Level("last", torch.from_numpy(self._maps(cases, branch, {})).float(), GRID, there)]
            for branch in self.inputs
        }


class _Weighed:
    """Score is a weighted sum of the inputs that are there."""

    name, fingerprint, fusion, score = "weighed", "f", "late", "sum"

    def __init__(self, **weights):
        self.weights, self.inputs = weights, tuple(weights)

    def outcomes(self, cases, coalitions):
        spread = 0.02 * np.random.default_rng(0).normal(size=(len(cases), len(self.inputs)))
        kept = [np.array([name in one.kept for name in self.inputs]) for one in coalitions]
        return [Outcome(((np.array(list(self.weights.values())) + spread) * there).sum(axis=1)) for there in kept]


@pytest.mark.parametrize(
    ("weights", "verdict"),
    [
        ({"a": 0.6, "b": 0.1}, "holds"),
        ({"a": 0.3, "b": 0.3}, "does not hold"),
        ({"a": 0.6, "b": 0.0}, "does not say"),
        ({"a": 0.0, "b": 0.0}, "does not say"),
    ],
)
def test_an_input_dominates_where_another_adds_little_beside_it(weights, verdict):
    from findings_measures import dominance

    found = dominance(_Weighed(**weights), PlantedSubject().cases(80), model="m", seed=0)
    assert found.verdict == verdict, found.why


def test_what_is_always_there_is_no_input_and_goes_with_the_last_of_them():
    from findings_measures import Beside

    class Told(_Weighed):
        def outcomes(self, cases, coalitions):
            self.asked = [one.kept for one in coalitions]
            return super().outcomes(cases, coalitions)

    subject = Told(a=0.5, text=0.5)
    beside = Beside(subject, frozenset({"text"}))
    beside.outcomes(PlantedSubject().cases(4), [Coalition(frozenset({"a"})), Coalition(frozenset())])
    assert beside.inputs == ("a",)
    assert subject.asked == [{"a", "text"}, set()]


def test_features_that_differ_and_features_that_are_the_same():
    from findings_measures import ArrayLevels, discrepancy

    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 6))
    values = {("a", "last"): x, ("b", "last"): x @ np.linalg.qr(rng.normal(size=(6, 6)))[0]}
    values["c", "last"] = rng.normal(size=(80, 6))
    pooled = ArrayLevels(values, dict.fromkeys(values, np.ones(80, bool)))
    found = discrepancy(pooled, _GROUPS, model="m", seed=0)
    assert [one.verdict for one in found] == ["does not hold", "holds", "holds"]


def test_what_is_shared_and_what_is_special_grow_where_units_learn_both():
    from findings_measures import growth, of_level, shared_levels

    cases = planted_cases(60)
    before, after = (dissect(one, cases, share=0.02) for one in (_Untaught(), PlantedUnits()))
    (level,) = shared_levels(after)
    sides = of_level(before, level), of_level(after, level)
    assert growth(*sides, model="m", seed=0).verdict == "holds"
    assert growth(*reversed(sides), model="m", seed=0).verdict == "does not hold"


def test_units_that_the_task_rests_on_are_those_of_one_modality_alone():
    from findings_measures import used_together

    found = used_together(semantics(PlantedUnits(), planted_cases(), share=0.02), model="m")
    numbers = list(found.numbers.values())
    assert len(numbers) == 2
    assert [one.low > 0 for one in numbers] == [False, True]
    assert found.verdict != "holds"


@pytest.mark.parametrize(("late", "verdict"), [(0.9, "holds"), (0.6, "does not hold"), (0.7, "does not say")])
def test_late_fusion_is_ahead_of_all_others_or_behind_one(late, verdict):
    from findings_measures import late_ahead

    noise = 0.1 * np.random.default_rng(0).normal(size=(3, 80))
    scores = {
        name: mean + of
        for (name, mean), of in zip({"early": 0.7, "hybrid": 0.7, "late": late}.items(), noise, strict=True)
    }
    assert late_ahead(scores, _GROUPS, model="m", seed=0).verdict == verdict


def test_a_part_is_found_out_once(tmp_path):
    from findings_measures import Finding
    from findings_parts import Part, kept

    asked = []

    def find():
        asked.append(1)
        return [Finding("late", "m", {"late less early": Estimate(0.2, 0.1, 0.3, 0.0, 9, 3)}, "holds")]

    first = kept("set", Part("part", {"split": "val"}, find), tmp_path)
    assert kept("set", Part("part", {"split": "val"}, find), tmp_path) == first
    assert len(asked) == 1
    kept("set", Part("part", {"split": "test"}, find), tmp_path)
    assert len(asked) == 2, "another split is another question"


def test_the_page_says_what_was_found():
    from findings_page import findings_page

    number = Estimate(0.25, 0.1, 0.4, 0.0, 20, 7).to_dict()
    findings = [
        {"claim": "late", "model": "nets", "numbers": {"late less early": number}, "verdict": "holds", "why": "a | b"},
        {"claim": "growth", "model": "nets", "numbers": {}, "verdict": "does not say", "why": "no masks"},
    ]
    about = {"set": "av_digits", "part": "p", "data version": "0123456789abcdef0", "split": "test", "seed": 0}
    page = findings_page([{"about": about, "findings": findings, "processor_seconds": 1.5}])
    assert "| av_digits | nets | late less early: 0.250 (0.100 to 0.400) | 0 | 20 | 7 | **holds** | a \\| b |" in page
    assert "| av_digits | nets | - | - | - | - | **does not say** | no masks |" in page
    assert "| Late fusion is ahead | holds: 1 |" in page
    assert "`0123456789abcdef`" in page
    assert "One modality dominates where they complement each other | not asked" in page
    assert "## One modality dominates" not in page, "a claim that nothing is known of has no section"


def test_the_page_in_the_documents_is_that_of_the_results():
    from findings_page import findings_page

    runs = json.loads((_ROOT / "bench/results/findings.json").read_text(encoding="utf-8"))
    again = "python bench/findings_page.py bench/results/findings.json > docs/reference/findings.md"
    page = (_ROOT / "docs/reference/findings.md").read_text(encoding="utf-8")
    assert page == findings_page(runs), f"write it again: {again}"
