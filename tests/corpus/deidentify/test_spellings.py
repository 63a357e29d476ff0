"""One name, and the many ways in which it is written."""

import pytest

from lexiscope.corpus.deidentify.spellings import encoded, is_unspaced, keys_of, phrases

NAMES = [
    ("Müller", "latin-1"), ("Wałęsa", "iso8859_2"), ("Иванова", "iso8859_5"), ("Иванова", "cp1251"),
    ("Διονύσιος", "iso8859_7"), ("王小东", "gb18030"), ("やまだ", "iso2022_jp"), ("やまだ", "shift_jis"),
    ("길동이", "euc_kr"), ("Müller", "utf-8"), ("王小东", "utf-8"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "code"), NAMES)
@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_a_name_is_spelled_in_its_character_set(name, code, case):
    assert case(name).encode(code).lower() in encoded(name, shortest=6)


def test_letters_that_a_set_lacks_are_never_question_marks():
    assert not any(b"?" in form for form in encoded("Иванова^Надежда", shortest=1))


@pytest.mark.parametrize(
    "written", ["doe^jane", "doe jane", "jane doe", "doe_jane", "jane-doe", "doe, jane", "janedoe"]
)
def test_separators_and_order_do_not_hide_a_name(written):
    assert written.encode() in encoded("Doe^Jane", shortest=6)


def test_accents_do_not_hide_a_name():
    assert {b"muller", b"mueller"} <= encoded("Müller", shortest=6)
    assert "müller".encode() in encoded("Mu\u0308ller", shortest=6)
    assert keys_of("Jürgen") == {"jurgen", "juergen"}


def test_phrases_are_words_in_a_row_whatever_stands_between_them():
    assert {"erika", "musterfrau", "erika musterfrau"} <= phrases("Erika_MUSTERFRAU; 2nd")
    assert "jane" not in phrases("Janet")


def test_scripts_without_spaces_are_told_apart():
    assert is_unspaced("王小东")
    assert not is_unspaced("Müller")
