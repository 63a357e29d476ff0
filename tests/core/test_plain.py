"""No control character reaches a terminal, a log or JSON raw; every other text stays as it is."""

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.plain import json_text, one_line, plain

RAW = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
any_text = st.text(st.characters(codec=None))


@given(any_text)
def test_nothing_that_moves_a_cursor_survives(text: str) -> None:
    assert not RAW.search(plain(text))
    assert not RAW.search(one_line(text))
    assert len(one_line(text).splitlines()) <= 1
    plain(text).encode()


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_words_stay_as_they_are(text: str) -> None:
    assert plain(text) == text


@pytest.mark.slow
@given(
    st.recursive(
        any_text | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_says_the_same_without_them(value: object) -> None:
    text = json_text(value)
    assert not RAW.search(text)
    assert json.loads(text) == json.loads(json.dumps(value))


def test_marks_that_languages_need_stay() -> None:
    joined = "क्\u200dष"
    assert plain(joined) == joined
    assert unicodedata.category("\u200d") == "Cf"


def test_escapes_overrides_and_bytes_are_written_out() -> None:
    assert plain("\x1b]0;title\x07 \x9b31m") == r"\x1b]0;title\x07 \x9b31m"
    assert plain("exe.\u202egpj") == r"exe.\u202egpj"
    assert plain("\udcff.png") == r"\xff.png"
    assert plain("\ud800") == r"\ud800"
    assert plain("a\tb\n") == "a\tb\n"
