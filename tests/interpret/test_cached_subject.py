"""Outcomes that several methods need are computed once in a run, and methods find the same with and without that."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest

from lexiscope.interpret import METHODS
from lexiscope.interpret.cached_subject import CachedSubject
from lexiscope.interpret.interpretation import InterpretedSubject
from lexiscope.interpret.result import Result
from lexiscope.interpret.run import interpret_subjects
from lexiscope.interpret.subject import Coalition, Outcome, Subject
from lexiscope.testing.interpretables import PlantedSubject

_SHARING = ("contribution", "interaction", "uncertainty")
_EVERYTHING = frozenset({"a", "b"})


@dataclass(frozen=True)
class Counted(PlantedSubject):
    """A planted model that counts what it is asked: case, inputs that are kept, how the others are taken away."""

    counts: Counter[tuple[str, frozenset[str], str]] = field(default_factory=Counter)

    def outcomes(self, cases, coalitions):
        if not self.noise[0]:
            self.counts.update((name, one.kept, one.removal) for name in cases.ids for one in coalitions)
        return super().outcomes(cases, coalitions)

    @property
    def missing(self) -> dict[tuple[str, frozenset[str]], int]:
        """Case and inputs that are kept -> how often it was asked with the others missing."""
        return {(name, kept): count for (name, kept, removal), count in self.counts.items() if removal == "missing"}


@pytest.fixture(scope="module")
def shared() -> tuple[Counted, InterpretedSubject]:
    """What was asked, and found, where methods share what they ask."""
    subject = Counted()
    return subject, interpret_subjects([(subject, subject.cases(16))], methods=_SHARING, seed=3).subjects[0]


@pytest.fixture(scope="module")
def apart() -> tuple[Counted, dict[str, Result]]:
    """The same where they share nothing."""
    subject = Counted()
    return subject, {name: METHODS.load(name)(subject, subject.cases(16), seed=3) for name in _SHARING}


def test_methods_of_a_run_ask_for_a_case_without_some_inputs_once(shared, apart):
    assert len(shared[0].missing) == 16 * 4
    assert set(shared[0].missing.values()) == {1}
    assert max(apart[0].missing.values()) > 1, "there was nothing to share"


@pytest.mark.parametrize("method", _SHARING)
def test_numbers_are_those_of_methods_that_share_nothing(shared, apart, method):
    assert shared[1].result(method).to_dict() == apart[1][method].to_dict()


def test_what_is_known_of_some_cases_is_asked_of_the_others_alone():
    subject = Counted()
    cases = subject.cases(6)
    cached = CachedSubject(subject, cases)
    alone, both = Coalition(frozenset({"a"})), Coalition(_EVERYTHING)
    cached.outcomes(cases.take([1, 2]), [both])
    told = cached.outcomes(cases.take([3, 2, 0, 1]), [alone, both])
    expected = subject.outcomes(cases.take([3, 2, 0, 1]), [alone, both])
    for one, other in zip(told, expected, strict=True):
        assert np.array_equal(one.score, other.score)
        assert np.array_equal(one.probabilities, other.probabilities)
        assert one.confidence is None
    assert subject.counts["case-1", _EVERYTHING, "missing"] == 2, "once by the cache, once for what is expected"


@pytest.mark.parametrize("removal", ["zeros", "marginal"])
def test_other_ways_of_taking_away_and_other_cases_are_passed_on(removal):
    subject = Counted()
    cases = subject.cases(6)
    cached = CachedSubject(subject, cases.take([0, 1, 2]))
    assert isinstance(cached, Subject)
    swapped = Coalition(frozenset({"a"}), removal, cases.take([3, 4, 5]))
    for _ in range(2):
        cached.outcomes(cases.take([0, 1, 2]), [swapped])
        cached.outcomes(cases.take([4, 5]), [Coalition(_EVERYTHING)])
    assert subject.counts["case-0", frozenset({"a"}), removal] == 2
    assert subject.counts["case-4", _EVERYTHING, "missing"] == 2


def test_models_that_are_asked_in_turn_are_told_the_turns_before_the_first_is_asked():
    told = []

    @dataclass(frozen=True)
    class InTurn(Counted):
        def in_turn(self, cases):
            told.append(("turn of", self.name, len(cases)))
            return self

        def outcomes(self, cases, coalitions):
            told.append(("asked", self.name, len(cases)))
            return super().outcomes(cases, coalitions)

    one, other = InTurn(name="one"), InTurn(name="other")
    interpret_subjects([(one, one.cases(16)), (other, other.cases(8))], methods=["contribution"])
    assert told[:2] == [("turn of", "one", 16), ("turn of", "other", 8)]
    assert {what for what, *_ in told[2:]} == {"asked"}


def test_a_model_without_classes_keeps_its_confidence_and_what_is_right():
    class Outliner(PlantedSubject):
        def outcomes(self, cases, coalitions):
            read = super().outcomes(cases, coalitions)
            return [Outcome(one.score, confidence=one.score / 2, correct=one.score > 0.5) for one in read]

    subject = Outliner()
    cases = subject.cases(5)
    (told,) = CachedSubject(subject, cases).outcomes(cases, [Coalition(_EVERYTHING)])
    assert told.probabilities is None
    assert told.confidence.tolist() == (told.score / 2).tolist()
    assert told.correct.tolist() == (told.score > 0.5).tolist()
