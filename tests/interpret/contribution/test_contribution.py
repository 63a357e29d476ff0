from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.contribution import case_contributions, contribution
from lexiscope.interpret.contribution.quantities import (
    BESIDE,
    COOPERATION,
    EVERYTHING,
    MM_SHAP,
    NOTHING,
    PERCEPTUAL,
    SHAPLEY,
    SHAPLEY_ACCURACY,
)
from lexiscope.interpret.subject import Cases, Outcome
from lexiscope.testing.interpretables import PlantedSubject, shuffled


def _found(result, quantity, name="all", removal="missing"):
    (row,) = [row for row in result.rows if (row["case"], row["quantity"], row["input"]) == ("all", quantity, name)]
    return row[removal]


def _holds_zero(estimate):
    return estimate.low <= 0 <= estimate.high


def test_what_was_planted_is_found():
    xor, copy, first = (PlantedSubject(rule=rule) for rule in ("xor", "copy", "first"))
    results = {subject.rule: contribution(subject, subject.cases(120)) for subject in (xor, copy, first)}
    assert _found(results["xor"], COOPERATION).low > 0.3
    assert _found(results["copy"], COOPERATION).high < -0.3
    assert _found(results["copy"], SHAPLEY, "a").value == pytest.approx(_found(results["copy"], SHAPLEY, "b").value)
    assert _found(results["first"], SHAPLEY, "a").low > 0.4
    assert _holds_zero(_found(results["first"], SHAPLEY, "b"))
    assert any("Together the inputs are worth more" in sentence for sentence in results["xor"].findings)
    assert any("overlap" in sentence for sentence in results["copy"].findings)
    assert any("a adds more than b" in sentence for sentence in results["first"].findings)


def test_what_one_way_of_removal_alone_says_of_all_together_is_said_as_such():
    class Guessing(PlantedSubject):
        """Knowing nothing, it is taken to be right half of the time where inputs are missing."""

        def outcomes(self, cases, coalitions):
            known = [0.3 + 0.1 * len(one.kept) for one in coalitions]
            scores = [
                0.5 if not one.kept and one.removal == "missing" else score
                for one, score in zip(coalitions, known, strict=True)
            ]
            return [Outcome(np.full(len(cases), score)) for score in scores]

    subject = Guessing()
    (said,) = [one for one in contribution(subject, subject.cases(12)).findings if one.startswith("Together")]
    assert said.endswith("; so when taken away as missing, not as zeros or marginal.")
    xor = PlantedSubject(rule="xor")
    (said,) = [one for one in contribution(xor, xor.cases(120)).findings if one.startswith("Together")]
    assert "not as" not in said


def test_parts_add_up_to_the_score_for_every_way_of_removal():
    subject = PlantedSubject(inputs=("a", "b", "c"), rule="copy")
    result = contribution(subject, subject.cases(70))
    for removal in ("missing", "zeros", "marginal"):
        parts = [_found(result, SHAPLEY, name, removal).value for name in subject.inputs]
        gained = _found(result, EVERYTHING, "all", removal).value - _found(result, NOTHING, "all", removal).value
        assert sum(parts) == pytest.approx(gained, abs=1e-9)


def test_what_an_input_adds_beside_all_others_is_told_over_the_cases_that_have_it():
    copy = PlantedSubject(rule="copy")
    assert _found(contribution(copy, copy.cases(60)), BESIDE, "a").value == 0  # b says the same
    cases = replace(_noisy(20, 4), truth=None, classes=())
    cases.present["signal"][:15] = False
    cases.present["noise"][:] = False
    result = contribution(_Scored(), cases)
    assert (_found(result, BESIDE, "signal").value, _found(result, BESIDE, "signal").n) == (pytest.approx(0.8), 5)
    assert _found(result, BESIDE, "noise").value is None


def test_accuracy_shares_and_perception_of_an_input_that_is_all():
    subject = PlantedSubject(rule="first")
    result = contribution(subject, subject.cases(120))
    assert _found(result, MM_SHAP, "a").value == 1.0
    assert _found(result, PERCEPTUAL, "b", "marginal").value == 0.0
    assert 0.3 < _found(result, PERCEPTUAL, "a", "marginal").value < 0.7  # another case's bit is wrong half the time
    assert _found(result, PERCEPTUAL, "a", "missing") is None
    gained = _found(result, SHAPLEY_ACCURACY, "a").value
    assert gained == pytest.approx(1 - _majority(subject, 120))


def _majority(subject, n):
    """Accuracy of a model that knows nothing: both classes are even, and the first one is said."""
    return float((subject.cases(n).truth == 0).mean())


def test_shuffled_labels_give_no_findings():
    subject = PlantedSubject(rule="first")
    result = contribution(subject, shuffled(subject.cases(300), seed=5))
    assert list(result.findings) == []


@dataclass(frozen=True)
class _Fitted:
    """A linear classifier of an informative input and on one of noise, fitted on few cases: it has learned noise."""

    weights: Any
    name: str = "linear"
    fingerprint: str = "linear"
    inputs: tuple[str, ...] = ("signal", "noise")
    fusion: str | None = "early"
    score: str = "probability of the true class"

    def outcomes(self, cases, coalitions):
        return [self._outcome(cases, coalition) for coalition in coalitions]

    def _outcome(self, cases, coalition):
        donors = coalition.donors if coalition.donors is not None else cases
        read = [
            np.stack([item[name] for item in (cases if name in coalition.kept else donors).items])
            * (name in coalition.kept or coalition.removal == "marginal")
            for name in self.inputs
        ]
        yes = 1 / (1 + np.exp(-np.concatenate(read, axis=1) @ self.weights))
        probabilities = np.stack([1 - yes, yes], axis=1)
        return Outcome(probabilities[np.arange(len(cases)), cases.truth], probabilities)


def _noisy(n, seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    signal = (2 * truth[:, None] - 1) * 0.5 + rng.normal(size=(n, 4))
    items = [{"signal": one, "noise": other} for one, other in zip(signal, rng.normal(size=(n, 2)), strict=True)]
    present = {name: np.ones(n, dtype=bool) for name in ("signal", "noise")}
    return Cases(items, [f"c{i}" for i in range(n)], [f"g{i // 2}" for i in range(n)], present, ("no", "yes"), truth)


def test_a_modality_of_noise_has_an_interval_that_holds_zero():
    train, test = _noisy(400, 1), _noisy(200, 2)
    features = np.stack([np.concatenate([item["signal"], item["noise"]]) for item in train.items])
    weights = 4 * np.linalg.lstsq(features, 2.0 * train.truth - 1)[0]
    result = contribution(_Fitted(weights), test)
    assert np.abs(weights[4:]).max() > 0.01
    for removal in ("missing", "marginal"):
        assert _holds_zero(_found(result, SHAPLEY, "noise", removal))
        assert _found(result, SHAPLEY, "signal", removal).low > 0.05


def test_cases_it_is_least_sure_of_stand_one_by_one():
    cases = _noisy(40, 3)
    subject = _Fitted(np.array([1.0, 1.0, 1.0, 1.0, 0.1, 0.1]))
    result = contribution(subject, cases, removals=("missing",))
    one_by_one = [row for row in result.rows if row["case"] != "all"]
    assert len(one_by_one) == 16
    row = one_by_one[0]
    phi = case_contributions(subject, cases)
    assert row["missing"] == phi[cases.ids.index(row["case"]), 0]
    assert result.charts[2].values.shape == (8, 2)
    assert result.charts[2].title == "What each input adds in the cases the model is least sure of"


def test_a_score_without_classes_has_no_accuracy():
    subject = _Scored()
    result = contribution(subject, replace(_noisy(20, 4), truth=None, classes=()))
    quantities = {row["quantity"] for row in result.rows}
    assert quantities == {NOTHING, EVERYTHING, SHAPLEY, BESIDE, COOPERATION}
    assert result.charts[2].title == "What each input adds in the cases with the lowest DSC"
    assert _found(result, SHAPLEY, "noise").value == pytest.approx(0.0)


@dataclass(frozen=True)
class _Scored:
    name: str = "scorer"
    fingerprint: str = "scorer"
    inputs: tuple[str, ...] = ("signal", "noise")
    fusion: str | None = None
    score: str = "DSC"

    def outcomes(self, cases, coalitions):
        if any(coalition.removal == "zeros" for coalition in coalitions):
            raise UsageError("scorer cannot put zeros in the place of an input; take 'missing'")
        return [Outcome(np.full(len(cases), 0.8 * ("signal" in one.kept))) for one in coalitions]


class _Searcher(_Scored):
    """Right of half of the cases where it has the signal, of a tenth by chance where not."""

    def outcomes(self, cases, coalitions):
        first = np.arange(len(cases)) % 2
        right = [first if "signal" in one.kept else np.full(len(cases), 0.1) for one in coalitions]
        return [
            replace(one, correct=share) for one, share in zip(super().outcomes(cases, coalitions), right, strict=True)
        ]


def test_a_model_that_says_which_answers_are_right_has_an_accuracy_without_classes():
    result = contribution(_Searcher(), replace(_noisy(20, 4), truth=None, classes=()))
    assert _found(result, SHAPLEY_ACCURACY, "signal").value == pytest.approx(0.4)
    assert _found(result, SHAPLEY_ACCURACY, "noise").value == pytest.approx(0.0)
    assert _found(result, COOPERATION).value == pytest.approx(0.0)
    assert _found(result, SHAPLEY, "signal").value == pytest.approx(0.8)


def test_a_way_of_removal_that_a_model_does_not_know_is_left_out_with_its_reason():
    result = contribution(_Scored(), replace(_noisy(20, 4), truth=None, classes=()))
    assert "zeros" not in result.rows[0]
    assert result.about["left out"] == {"zeros": "scorer cannot put zeros in the place of an input; take 'missing'"}


def test_no_cases_are_refused():
    subject = PlantedSubject()
    with pytest.raises(UsageError, match="expected cases to ask about, got none"):
        contribution(subject, subject.cases(4).take([]))


@pytest.mark.slow
def test_twelve_inputs_are_sampled_and_add_up():
    pytest.importorskip("shapiq")
    subject = PlantedSubject(inputs=tuple("abcdefghijkl"), rule="xor")
    result = contribution(subject, subject.cases(10), removals=("missing",))
    parts = {name: _found(result, SHAPLEY, name).value for name in subject.inputs}
    gained = _found(result, EVERYTHING).value - _found(result, NOTHING).value
    assert sum(parts.values()) == pytest.approx(gained, abs=1e-6)
    assert parts["a"] == pytest.approx(parts["b"], abs=0.05)
    assert parts["a"] > 0.15
    assert result.about["coalitions"] < 1200
    assert "of 4096 subsets of the inputs were drawn (seed 0)" in result.sample
