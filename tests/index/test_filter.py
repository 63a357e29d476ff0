"""Conditions are read as people write them, and nonsense is refused."""

import csv

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.index.filter import Condition, parse_filter, plain_values


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("split=test", Condition("split", "=", ("test",))),
        ("  split = test ", Condition("split", "=", ("test",))),
        ("attributes.age>=50", Condition("attributes.age", ">=", ("50",))),
        ("attributes.tumour site!=left lobe", Condition("attributes.tumour site", "!=", ("left lobe",))),
        ("group in p1, p2,p3", Condition("group", "in", ("p1", "p2", "p3"))),
        ('group in "Doe, J." , 5" pipe,"a ""b"""', Condition("group", "in", ("Doe, J.", '5" pipe', 'a "b"'))),
        ("licence=CC BY 4.0", Condition("licence", "=", ("CC BY 4.0",))),
        ("attributes.time in vitro in 3, 4", Condition("attributes.time", "in", ("vitro in 3", "4"))),
        ("attributes.größe<1e-3", Condition("attributes.größe", "<", ("1e-3",))),
    ],
)
def test_conditions_are_read(text: str, condition: Condition) -> None:
    assert parse_filter([text]).conditions == (condition,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("split", "reads FIELD OPERATOR VALUE"),
        ("split=", "reads FIELD OPERATOR VALUE"),
        ("split~test", "reads FIELD OPERATOR VALUE"),
        ("split==test", "reads FIELD OPERATOR VALUE"),
        ("age=5", "unknown filter field 'age'"),
        ("splt=test", "Did you mean 'split'"),
        ("attributes.age>old", "needs a number, got 'old'"),
        ("split" + " " * 50_000, "reads FIELD OPERATOR VALUE"),  # in a moment, though there are many ways to part it
    ],
)
def test_nonsense_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_filter([text])


def test_a_list_with_a_longer_value_than_its_reader_takes_is_refused() -> None:
    usual = csv.field_size_limit(1000)  # of the whole process; tables that were read before have raised it
    try:
        with pytest.raises(UsageError, match="a list that cannot be read"):
            parse_filter(["group in " + "p" * 1001])
    finally:
        csv.field_size_limit(usual)


def test_misspelt_attribute_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'attributes\.grade'"):
        parse_filter(["attributes.grad=II"]).require_known(["split", "attributes.grade"])


def test_yes_or_no_becomes_a_word() -> None:
    assert plain_values({"fed": True, "age": 3, "site": "left"}) == {"fed": "true", "age": 3, "site": "left"}


@pytest.mark.parametrize(
    ("condition", "admitted"),
    [
        ("attributes.age>=50", True),
        ("attributes.age<50", False),
        ("attributes.age=50.0", True),
        ("attributes.code>=5", False),  # a word that looks like a number has no order, as in the index
        ("attributes.code=7", True),
        ("attributes.fed=true", True),
        ("attributes.none!=x", True),  # "!=" holds where the field is missing
        ("attributes.none=x", False),
        ("modalities=t2", True),  # any of several values
        ("modalities!=t2", False),
        ("modalities in t1, flair", False),
        ("group in p1, p2", True),
    ],
)
def test_a_case_is_admitted_as_an_index_would(condition: str, admitted: bool) -> None:
    attributes = plain_values({"age": 50, "code": "7", "fed": True})
    fields = {"group": "p1", "modalities": ["t2", "dwi"], **{f"attributes.{name}": v for name, v in attributes.items()}}
    assert parse_filter([condition]).admits(fields) == admitted
    assert parse_filter([condition, "group=other"]).admits(fields) is False
