"""The glossary names things that are there."""

import re
from importlib import import_module
from pathlib import Path

import pytest

_PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "glossary.md"
_PLACES = re.findall(r"\| `([\w.]+)` \|$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_word_has_a_place() -> None:
    rows = [line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    headers = [line for line in rows if line.startswith("| word ")]
    assert len(_PLACES) == len(rows) - len(headers) > 40


@pytest.mark.parametrize("place", sorted(set(_PLACES)))
def test_what_the_glossary_names_exists(place: str) -> None:
    module, _, name = place.rpartition(".")
    if name[0].isupper():
        assert hasattr(import_module(f"lexiscope.{module}"), name)
        return
    try:
        import_module(f"lexiscope.{place}")
    except ModuleNotFoundError:
        assert hasattr(import_module(f"lexiscope.{module}"), name)


def test_words_are_listed_once() -> None:
    words = re.findall(r"^\| (?!word )([a-z][\w -]*) \|", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(words) == len(set(words))
