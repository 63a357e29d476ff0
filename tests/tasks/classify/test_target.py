"""Text that states what a task predicts is held back, by type."""

from dataclasses import replace

import pytest

from lexiscope.core import Case, Passage, Provenance
from lexiscope.core.errors import LeakageError, UsageError
from lexiscope.tasks.classify.target import Target, Unstated, labelled


def case(number: int, label: str, text: str = "a scan") -> Case:
    return Case(
        f"case-{number}",
        f"patient-{number}",
        Provenance("by hand"),
        texts=(Passage("caption", text),),
        attributes={"label": label, "age": 60 + number, "smoker": True},
    )


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("A glioma, grade 2.", True),
        ("GLIOMA", True),
        ("Its label is unknown", True),
        ("There is no tumor here", True),  # of the value "notumor"
        ("There is a gliomatosis", True),  # in doubt it does
        ("A slice of the brain", False),
    ],
)
def test_a_passage_states_a_target_by_its_name_or_any_value(text, stated):
    assert Target("label", ("glioma", "notumor")).states(Passage("caption", text)) is stated


def test_short_values_count_only_as_whole_words():
    side = Target("side", ("left", "no"))
    assert not side.states(Passage("caption", "nothing cleft is seen"))
    assert side.states(Passage("caption", "seen on the left"))


def test_template_text_of_one_value_alone_states_it_in_other_words():
    cases = [case(n, "notumor", "Slice without any lesion.") for n in range(3)]
    cases += [case(n, "glioma", "A common sentence") for n in range(3, 6)]
    cases += [case(n, "notumor", "a common  sentence") for n in range(6, 9)]
    target = Target.of("label", cases)
    assert target.states(Passage("caption", "slice WITHOUT any lesion"))
    assert not target.states(Passage("caption", "A common sentence"))


def test_a_classifier_can_only_be_given_text_that_does_not_state_its_target():
    target = Target("label", ("glioma", "notumor"))
    told = replace(case(1, "glioma"), texts=(Passage("report", "A glioma"), Passage("caption", "Axial slice")))
    assert [passage.text for passage in Unstated.of(target, told).passages] == ["Axial slice"]
    with pytest.raises(LeakageError, match="does not state 'label', got 'A glioma'"):
        Unstated(target, told.texts)


def test_values_are_those_of_the_cases_learned_from():
    target = Target.of("label", [case(1, "b"), case(2, "a")])
    assert target.values == ("a", "b")
    cases, labels = labelled(target, [case(3, "b"), case(4, "never learned"), replace(case(5, "a"), attributes={})])
    assert ([one.id for one in cases], labels) == (["case-3"], [1])
    assert target.others(case(1, "b")) == {"age": 61.0, "smoker": 1.0}


@pytest.mark.parametrize(
    ("attribute", "message"),
    [("grade", "attributes: age, label, smoker"), ("smoker", "2 to 50 values, 'smoker' has 1"), ("age", "has 60")],
)
def test_an_attribute_that_is_no_class_is_refused(attribute, message):
    with pytest.raises(UsageError, match=message):
        Target.of(attribute, [case(n, "a") for n in range(60)])


def test_rare_values_and_unlearned_ones_are_other_and_still_stated():
    cases = [case(n, "glioma" if n < 5 else "lymphoma" if n < 7 else "cyst", f"scan {n}") for n in range(8)]
    target = Target.of("label", cases, min_groups=3)
    assert target.values == ("glioma", "other")
    assert target.rare == ("cyst", "lymphoma")
    assert [target.label(one) for one in cases] == [0] * 5 + [1] * 3
    assert target.label(case(9, "abscess")) == 1
    assert target.label(replace(case(9, "x"), attributes={})) is None
    assert target.states(Passage("report", "probably a lymphoma"))
    assert not target.states(Passage("report", "the other side"))


def test_groups_are_counted_not_cases():
    cases = [
        replace(case(n, "glioma" if n < 5 else "cyst"), group="one patient" if n >= 5 else f"p{n}") for n in range(9)
    ]
    assert Target.of("label", cases, min_groups=2).values == ("glioma", "other")


def test_without_rare_values_nothing_is_collapsed():
    target = Target.of("label", [case(n, ("glioma", "other")[n % 2]) for n in range(6)], min_groups=3)
    assert (target.values, target.rare) == (("glioma", "other"), ())
    assert target.label(case(9, "abscess")) is None
    assert target.states(Passage("report", "something other"))
