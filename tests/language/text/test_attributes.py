"""Attributes are asked about in the words of the file, and plainly where it does not know them."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.text.attributes import AttributePhrases, plain_name


@pytest.fixture(scope="module")
def phrases():
    return AttributePhrases.load()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("side", "both", "both sides"),
        ("lobe", "temporal_lobe", "temporal lobe"),
        ("lesion_count", 2, "two"),
        ("size_mm", 17.5, "17.5"),
        ("pieces", 10, "ten"),
        ("pieces", 11, "11"),
    ],
)
def test_values_are_said_in_words(phrases, name, value, words):
    assert phrases.of(name).say(value) == words


@pytest.mark.parametrize(
    ("name", "value", "text", "stated"),
    [
        ("side", "left", "The lesion is on the left side.", True),
        ("side", "left", "The leftover is grey.", False),
        ("side", "left", "A cleft palate.", False),
        ("side", "both", "Lesions in both hemispheres.", True),
        ("grade", "G2", "A tumour of grade II.", True),
        ("grade", "G2", "A tumour of grade III.", False),
        ("pieces", 2, "Two pieces.", True),
        ("shape", "half_moon", "A half moon.", True),
    ],
)
def test_texts_that_state_a_value_are_recognised(phrases, name, value, text, stated):
    assert bool(phrases.of(name).stating(value).search(text)) == stated


def test_an_unknown_attribute_is_asked_about_plainly(phrases):
    phrase = phrases.of("heat_input")
    assert phrase.ask == ("What is the heat input?",)
    assert phrase.closed[0].format(value="high") == "Is the heat input high?"


def test_names_are_the_same_without_case_and_spacing(phrases):
    assert plain_name("WHO-Grade") == plain_name("who_grade") == plain_name("who grade")
    assert phrases.of("WHO Grade") is phrases.of("who_grade")


@pytest.mark.parametrize(
    ("value", "none"), [("None", True), (False, True), ("normal", True), ("left", False), (0, True)]
)
def test_values_that_say_that_something_is_absent(phrases, value, none):
    assert phrases.is_none(value) == none


def test_the_users_own_questions_and_an_entry_without_questions(tmp_path):
    file = tmp_path / "attributes.yaml"
    file.write_text("ask:\n  - {names: [hue], ask: ['Which hue?'], values: {r: [red]}}\nunseen: [Batch No]\n")
    own = AttributePhrases.load(tmp_path)
    assert (own.of("hue").ask, own.of("hue").say("r")) == (("Which hue?",), "red")
    assert own.unseen == {"batchno"}
    file.write_text("ask:\n  - {names: [hue]}\n")
    with pytest.raises(UsageError, match=r"expected names and ask of every entry of attributes\.yaml"):
        AttributePhrases.load(tmp_path)
