import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.errors import SourceError
from lexiscope.sources.tables.cells import cell_attribute, cell_passages, cell_text, stated_text


@pytest.mark.parametrize(
    ("cell", "attribute"),
    [
        ('="007"', "007"), ('="a ""b"""', 'a "b"'), ('="a" & "b"', '="a" & "b"'),
        ("12", 12), ("-3", -3), ("1.5", 1.5), ("1e3", 1000.0), ("007", "007"), ("true", True), ("False", False),
        ("", None), ("  ", None), ("NaN", None), (None, None), (float("nan"), None), (3, 3), (2.5, 2.5), (True, True),
        ("G2", "G2"),
        (["a", "b"], "a; b"), ({"a": 1}, '{"a": 1}'), ("inf", "inf"), ("1e999", "1e999"), (10**30, str(10**30)),
    ],
)  # fmt: skip
def test_attributes(cell, attribute):
    found = cell_attribute(cell)
    assert found == attribute
    assert type(found) is type(attribute)


def test_the_column_names_the_kind_when_it_can():
    assert [(p.kind, p.column, p.text) for p in cell_passages("alt_text", " a ")] == [("alt_text", "alt_text", "a")]
    assert [(p.kind, p.column) for p in cell_passages("Description", "a")] == [("caption", "Description")]
    assert [p.text for p in cell_passages("caption", ["a", "", "b"])] == ["a", "b"]
    assert cell_passages("caption", None) == []


def test_half_characters_are_refused():
    with pytest.raises(SourceError, match="half a character"):
        cell_text(json.loads('"\\ud800"'))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_any_cell_is_text_and_an_attribute_that_can_be_stored(cell):
    cell_text(cell).encode()
    attribute = cell_attribute(cell)
    assert attribute is None or json.loads(json.dumps(attribute)) == attribute


@pytest.mark.parametrize(
    "word",
    [
        "nan",
        "NaN",
        "None",
        "N/A",
        "NULL",
        "null",
        "n/a",
        "NA",
        " nan ",
        "#N/A",
        "<NA>",
        "NaT",
        "",
        None,
        float("nan"),
        "(null)",
        "\\N",
        "Not available",
        '=""',
        '="N/A"',
    ],
)
def test_words_for_missing_values_are_no_text_and_no_fact(word):
    assert stated_text(word) == ""
    assert cell_attribute(word) is None
    assert cell_passages("caption", word) == []
    assert [p.text for p in cell_passages("caption", [word, "Bubbles."])] == ["Bubbles."]


@pytest.mark.parametrize("word", ["Na", "none of them", "Nan took it", "0", "-", "null result"])
def test_words_that_only_resemble_them_stay(word):
    assert stated_text(word) == word
