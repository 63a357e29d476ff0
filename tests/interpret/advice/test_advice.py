import pytest

from lexiscope.core.errors import UsageError
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.advice.advice import advice, advise
from lexiscope.interpret.advice.numbers import Measured
from lexiscope.interpret.contribution import contribution
from lexiscope.interpret.contribution.quantities import BESIDE, COOPERATION, EVERYTHING, NOTHING, PERCEPTUAL, SHAPLEY
from lexiscope.interpret.result import Result
from lexiscope.interpret.subject import TEXT
from lexiscope.testing.interpretables import PlantedSubject, shuffled


def _near(value, reach=0.02):
    return Estimate(value, value - reach, value + reach, 0.0)


def _contribution(adds, *, with_it=None, beside=None, together=0.0, reach=0.02):
    """What inputs add, the same for two ways of taking them away."""
    levels = {(NOTHING, "all"): _near(0.5), (EVERYTHING, "all"): _near(0.5 + sum(adds.values()))}
    numbers = levels | {(SHAPLEY, name): _near(value, reach) for name, value in adds.items()}
    numbers |= {
        (COOPERATION, "all"): _near(together),
        **{(PERCEPTUAL, name): _near(v, reach) for name, v in adds.items()},
    }
    numbers |= {(BESIDE, name): _near(value, reach) for name, value in (beside or adds).items()}
    rows = [
        {
            "case": "all",
            "quantity": quantity,
            "input": name,
            "cases with it": (with_it or {}).get(name, 1.0),
            "missing": None if quantity == PERCEPTUAL else estimate,
            "marginal": estimate,
        }
        for (quantity, name), estimate in numbers.items()
    ]
    one_case = {"case": "c1", "quantity": SHAPLEY, "input": "a", "cases with it": 1.0, "missing": 9.0, "marginal": 9.0}
    return Result("contribution", "t", [*rows, one_case], "", "")


def _interaction(redundancy, first, second, synergy, *, used=None):
    """Parts of what a and b tell about the answers, then about the label, and the interaction in the model."""
    values = {"redundancy": redundancy, "unique to a": first, "unique to b": second, "synergy": synergy}
    values["total"] = sum(values.values())
    rows = [
        _pair_row(quantity, about, "PID, clusters", Estimate(value, max(0, value - 0.02), value + 0.02, 0.01), 0.03)
        for about in ("answers", "label")
        for quantity, value in values.items()
    ]
    if used is not None:
        rows.append(_pair_row("interaction", "score", "InterSHAP", _near(used), None))
    return Result("interaction", "t", rows, "", "")


def _pair_row(quantity, about, by, value, null):
    names = {"between": "a + b", "quantity": quantity, "about": about, "by": by}
    return {**names, "value": value, "97.5 % of permuted labels": null}


def _advised(*results, fusion="late"):
    return advise(Measured(("a", "b"), {result.method: result for result in results}), fusion=fusion)


def _kinds(counsels):
    return [(one.kind, "+".join(one.inputs)) for one in counsels]


def test_a_needed_pair_is_to_be_joined_early():
    told = _advised(_contribution({"a": 0.2, "b": 0.2}), _interaction(0.0, 0.0, 0.0, 0.6, used=0.0))
    assert _kinds(told) == [("join", "a+b")]
    assert "early or hybrid" in told[0].sentence
    assert "This model joins late: train another one" in told[0].sentence
    assert [number.place for number in told[0].numbers] == ["interaction, row 9", "interaction, row 11"]


def test_a_model_that_uses_a_needed_pair_already_is_told_so():
    told = _advised(_contribution({"a": 0.2, "b": 0.2}), _interaction(0.0, 0.0, 0.0, 0.6, used=0.3), fusion="hybrid")
    assert told[0].sentence.endswith("This model makes use of that already (hybrid fusion).")


def test_a_repeated_input_can_be_left_out_and_late_is_enough():
    told = _advised(_contribution({"a": 0.2, "b": 0.2}), _interaction(0.6, 0.0, 0.0, 0.0))
    assert _kinds(told) == [("join", "a+b"), ("repeats", "a+b")]
    assert told[0].sentence.startswith("Late fusion is enough")
    assert told[1].sentence.startswith("a and b repeat each other")


def test_of_an_input_that_says_more_only_the_other_is_spare():
    told = _advised(_contribution({"a": 0.3, "b": 0.2}), _interaction(0.4, 0.3, 0.0, 0.0))
    assert told[1].sentence == "b repeats what a says: it can be left out where a is there."


def test_an_input_of_noise_is_to_be_dropped():
    told = _advised(_contribution({"a": 0.4, "b": 0.0}, reach=0.01), _interaction(0.0, 0.6, 0.0, 0.0))
    assert _kinds(told) == [("drop", "b")]
    assert told[0].sentence == "Drop b: the model does as well without it, while a adds."
    assert len(told[0].numbers) == 3


def test_an_uncertain_input_is_not_to_be_dropped():
    """Its interval holds zero, and also a tenth of what all add."""
    told = _advised(_contribution({"a": 0.4, "b": 0.0}, reach=0.04), _interaction(0.0, 0.6, 0.0, 0.0))
    assert ("drop", "b") not in _kinds(told)


def test_an_input_whose_features_tell_is_to_be_used_and_not_dropped():
    told = _advised(_contribution({"a": 0.4, "b": 0.0}, reach=0.01), _interaction(0.0, 0.4, 0.3, 0.0))
    assert ("use", "b") in _kinds(told)
    assert ("drop", "b") not in _kinds(told)


def test_an_input_that_many_cases_lack_is_to_be_acquired():
    told = _advised(_contribution({"a": 0.3, "b": 0.1}, with_it={"b": 0.4}))
    assert _kinds(told) == [("acquire", "b")]
    assert "60% lack it, and where it is, it adds 0.100 (0.080 to 0.120) beside" in told[0].sentence


def test_an_input_that_adds_nothing_beside_the_others_is_spare_and_not_to_be_acquired():
    told = _advised(_contribution({"a": 0.3, "b": 0.3}, with_it={"a": 0.4}, beside={"a": 0.0, "b": 0.2}))
    assert _kinds(told) == [("spare", "a")]
    sentence = "Where all other inputs are there, a may be missing: beside them it adds 0.000 (-0.020 to 0.020)."
    assert told[0].sentence == sentence
    assert [number.place for number in told[0].numbers] == ["contribution, row 8"]


def test_an_input_that_may_add_something_beside_the_others_is_not_spare():
    assert _advised(_contribution({"a": 0.3, "b": 0.3}, beside={"a": 0.02, "b": 0.2})) == []


def test_the_text_is_not_spare():
    adds = _contribution({"a": 0.3, TEXT: 0.3}, beside={"a": 0.2, TEXT: 0.0})
    assert advise(Measured(("a", TEXT), {"contribution": adds}), fusion="late") == []


def test_cooperation_speaks_where_no_parts_are_known():
    told = _advised(_contribution({"a": 0.2, "b": 0.2}, together=0.4), fusion="hybrid")
    assert told[0].sentence == "Join the inputs early or hybrid: the model needs them together; keep hybrid fusion."


def _used(pairs):
    """What pairs add to the score of a model without classes, such as of masks."""
    rows = [_pair_row("interaction", "score", "InterSHAP", _near(v), None) | {"between": p} for p, v in pairs.items()]
    return Result("interaction", "t", rows, "", "")


def _advised_of_masks(pairs, *, fusion="early"):
    """Advice to a model of masks that is asked in words, which it needs with every image."""
    adds = _contribution({"a": 0.2, "b": 0.2, TEXT: 0.4}, together=0.8)
    used = _used(pairs | {f"a + {TEXT}": 0.4, f"b + {TEXT}": 0.4})
    return advise(Measured(("a", "b", TEXT), {one.method: one for one in (adds, used)}), fusion=fusion)


def test_that_words_are_needed_with_images_says_nothing_of_where_images_meet():
    assert _advised_of_masks({"a + b": 0.0}) == []


def test_words_that_one_image_alone_is_asked_with_are_no_reason_to_join_images():
    adds = _contribution({"a": 0.4, "b": 0.0, TEXT: 0.4}, together=0.8, reach=0.01)
    used = _used({"a + b": 0.0, f"a + {TEXT}": 0.4, f"b + {TEXT}": 0.0})
    told = advise(Measured(("a", "b", TEXT), {one.method: one for one in (adds, used)}), fusion="early")
    assert _kinds(told) == [("drop", "b")]


def test_images_that_a_model_needs_together_are_to_be_joined():
    (told,) = _advised_of_masks({"a + b": 0.3})
    assert told.sentence == "Join a and b early or hybrid: the model needs them together; keep early fusion."
    assert [number.place for number in told.numbers] == ["interaction, row 1"]


def test_images_that_stand_in_for_each_other_in_a_model_repeat_each_other():
    assert _kinds(_advised_of_masks({"a + b": -0.4})) == [("repeats", "a+b")]


def test_what_the_answers_tell_is_no_reason():
    some = _interaction(0.0, 0.0, 0.0, 0.6)
    answers_alone = Result("interaction", "t", [row for row in some.rows if row["about"] == "answers"], "", "")
    assert _advised(_contribution({"a": 0.0, "b": 0.0}), answers_alone) == []


def test_a_pair_that_tells_no_more_than_permuted_labels_is_passed_over():
    assert _advised(_contribution({"a": 0.0, "b": 0.0}), _interaction(0.0, 0.0, 0.0, 0.03)) == []


def test_likeness_stands_behind_repetition():
    places = {"first": "a · block 2", "second": "b · block 2"}
    row = {**places, "CKA": _near(0.8), "chance from": -0.1, "chance to": 0.1, "biased": 0.8, "cosine": None}
    told = _advised(
        _contribution({"a": 0.2, "b": 0.2}), _interaction(0.6, 0.0, 0.0, 0.0), Result("similarity", "t", [row], "", "")
    )
    assert told[1].told().endswith("; similarity, row 1]")


def test_rows_hold_the_numbers_and_sentences_name_them():
    subject = PlantedSubject(rule="copy")
    both = [_contribution({"a": 0.2, "b": 0.2}), _interaction(0.6, 0.0, 0.0, 0.0)]
    result = advice(subject, subject.cases(40), results=[*both, Result("similarity", "t", [], "", "")])
    assert result.about["rests on"] == ["contribution", "interaction", "similarity"]
    assert len(result.findings) == 2
    for row in result.rows:
        method, _, number = row["in"].partition(", row ")
        (source,) = [one for one in both if one.method == method]
        assert source.rows[int(number) - 1]["value"] == row["value"]
        assert any(row["in"] in sentence for sentence in result.findings)


def test_what_cannot_be_measured_is_named():
    class Dumb:
        name, fingerprint, inputs, fusion, score = "dumb", "dumb", ("a",), None, "score"

        def outcomes(self, cases, coalitions):
            raise UsageError("no outcomes")

    with pytest.raises(UsageError, match="contribution: no outcomes"):
        advice(Dumb(), PlantedSubject().cases(4))


def _planted(rule, *, cases=None):
    """Advice from what is really measured."""
    from lexiscope.interpret.interaction.interaction import interaction

    subject = PlantedSubject(rule=rule, fusion="late")
    cases = subject.cases(200) if cases is None else cases
    parts = interaction(subject, cases, estimators=["clusters"], permutations=60, resamples=60, paired=16)
    return advice(subject, cases, results=[contribution(subject, cases), parts])


@pytest.mark.slow
def test_planted_truth_gets_the_right_advice():
    pytest.importorskip("cvxpy")
    xor, copy, first = (_planted(rule) for rule in ("xor", "copy", "first"))
    assert xor.findings
    assert all("early or hybrid" in sentence for sentence in xor.findings)
    assert any(sentence.startswith("a and b repeat each other") for sentence in copy.findings)
    assert not any("early or hybrid" in sentence or sentence.startswith("Drop") for sentence in copy.findings)
    assert [sentence.partition(":")[0] for sentence in first.findings] == ["Drop b"]


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["xor", "copy", "first"])
def test_shuffled_labels_get_silence(rule):
    pytest.importorskip("cvxpy")
    for seed in range(2):
        cases = shuffled(PlantedSubject(rule=rule).cases(200, seed=seed), seed=seed)
        assert list(_planted(rule, cases=cases).findings) == []
