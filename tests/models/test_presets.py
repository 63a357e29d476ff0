"""The table of published models and its page."""

from pathlib import Path

from lexiscope.models.packaged import PACKAGED
from lexiscope.models.presets import KINDS, PRESETS
from lexiscope.models.presets_page import presets_page

_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "presets.md"


def test_the_page_says_what_the_table_holds():
    again = "python -m lexiscope.models.presets_page > docs/reference/presets.md"
    assert _PAGE.read_text(encoding="utf-8") == presets_page(), f"run: {again}"


def test_every_kind_has_models_and_every_model_a_kind():
    assert {preset.kind for preset in PRESETS.values()} == set(KINDS)
    assert all("/" in name or name in PACKAGED for name in PRESETS)
