"""Attributes that people give."""

import pytest

from lexiscope.core import Case, Provenance
from lexiscope.core.errors import CaseError, UsageError
from lexiscope.corpus.corrections.attribute import CorrectedAttribute, with_attributes
from lexiscope.corpus.corrections.correction import Correction

CASE = Case("scan-1", "patient-1", Provenance("table"), attributes={"grade": 2, "side": "left", "contrast": True})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("grade", 3, {"grade": 3, "side": "left", "contrast": True}),
        ("age", 61.5, {"grade": 2, "side": "left", "contrast": True, "age": 61.5}),
        ("side", None, {"grade": 2, "contrast": True}),
        ("contrast", False, {"grade": 2, "side": "left", "contrast": False}),
    ],
)
def test_a_value_is_set_and_one_that_is_not_known_left_out(name, value, expected) -> None:
    correction = Correction(1, CASE.id, CorrectedAttribute(name, value), None, "2026-11-28T16:00:00+00:00")
    assert with_attributes(CASE, [correction]).attributes == expected


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("grade", "3", "attribute 'grade' of case scan-1 must be a number like 2, got '3'; write it so"),
        ("side", 1, "attribute 'side' of case scan-1 must be text like 'left', got 1; write it so"),
        ("contrast", 0, "attribute 'contrast' of case scan-1 must be true or false like True, got 0; write it so"),
    ],
)
def test_a_value_of_another_kind_is_refused(name, value, message) -> None:
    with pytest.raises(UsageError, match=message):
        CorrectedAttribute(name, value).require(CASE)


def test_a_value_that_no_corpus_can_store_is_refused() -> None:
    with pytest.raises(CaseError, match="must be a finite number, got nan"):
        CorrectedAttribute("grade", float("nan"))
    with pytest.raises(UsageError, match="an attribute needs a name"):
        CorrectedAttribute(" ", 3)
