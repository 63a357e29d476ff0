import numpy as np

from lexiscope.interpret.subject import Coalition, ShowsLevels, Subject
from lexiscope.testing.interpretables import PlantedSubject, shuffled


def test_cases_are_taken_by_rows_in_their_order():
    cases = PlantedSubject().cases(6)
    some = cases.take([4, 1])
    assert some.ids == ["case-4", "case-1"]
    assert some.truth.tolist() == cases.truth[[4, 1]].tolist()
    assert some.present["a"].shape == (2,)


def test_a_planted_xor_needs_both_inputs():
    subject = PlantedSubject()
    cases = subject.cases()
    both, one = subject.outcomes(cases, [Coalition(frozenset("ab")), Coalition(frozenset("a"))])
    assert isinstance(subject, Subject)
    assert isinstance(subject, ShowsLevels)
    assert both.score.min() > 0.95
    assert np.allclose(one.score, 0.5)


def test_an_input_is_replaced_by_that_of_donors():
    subject = PlantedSubject(rule="first")
    cases = subject.cases()
    donors = cases.take(range(len(cases))[::-1])
    (swapped,) = subject.outcomes(cases, [Coalition(frozenset("b"), "marginal", donors)])
    assert np.allclose(swapped.score > 0.5, cases.truth == donors.truth)


def test_shuffled_labels_are_the_same_labels():
    cases = PlantedSubject().cases()
    assert sorted(shuffled(cases).truth) == sorted(cases.truth)
    assert shuffled(cases).truth.tolist() != cases.truth.tolist()
