"""docs/reference/interpretation.md is what the methods say of themselves."""

from pathlib import Path

import pytest

from lexiscope.interpret import METHODS
from lexiscope.testing.interpretation_page import interpretation_page

_PAGE = Path(__file__).parents[2] / "docs/reference/interpretation.md"


@pytest.mark.slow
def test_the_page_is_that_of_the_methods():
    again = "python -m lexiscope.testing.interpretation_page > docs/reference/interpretation.md"
    assert _PAGE.read_text(encoding="utf-8") == interpretation_page(), f"write it again: {again}"


def test_the_page_has_every_method_with_its_limits():
    text = _PAGE.read_text(encoding="utf-8")
    for name in METHODS.built_in:
        part = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert "**Assumes:**" in part, name
        assert "**Can't tell:**" in part, name
