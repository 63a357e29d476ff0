"""The page about the API is what the API is."""

from pathlib import Path

from lexiscope.serve.reference import api_page

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"


def test_the_page_is_made_from_the_routes():
    made = "python -m lexiscope.serve.reference > docs/reference/api.md"
    assert _PAGE.read_text(encoding="utf-8") == api_page(), f"make it again: {made}"
