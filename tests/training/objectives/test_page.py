"""The reference page is what the code says."""

from pathlib import Path

import pytest

from lexiscope.training.objectives import IMAGE_OBJECTIVES, LABEL_OBJECTIVES, OBJECTIVES, TEXT_OBJECTIVES
from lexiscope.training.objectives.page import objectives_page

_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "objectives.md"


def test_the_page_is_what_the_code_generates() -> None:
    again = "python -m lexiscope.training.objectives.page > docs/reference/objectives.md"
    assert _PAGE.read_text(encoding="utf-8") == objectives_page(), f"run: {again}"


@pytest.mark.parametrize("catalog", [IMAGE_OBJECTIVES, LABEL_OBJECTIVES, OBJECTIVES, TEXT_OBJECTIVES])
def test_every_loss_says_what_it_needs_and_what_chance_is(catalog: object) -> None:
    for name in catalog:
        needs = catalog.load(name).needs
        assert needs.chance
        assert {needs.images, needs.texts, needs.labels} != {"none"}
