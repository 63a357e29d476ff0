"""What holds for every view of a case: names for screen readers, contrast, keys."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect

_VIEWS = ("case", "ask", "segment", "why", "correct")


def test_axe_finds_no_serious_fault_in_light_and_in_dark(
    look: Any, address: str, case_id: str, serious_faults: Any
) -> None:
    faults = {}
    page = look(f"{address}/correct")
    for view in (*(f"/{view}/{case_id}" for view in _VIEWS), "/correct", "/case"):
        page.goto(address + view)
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        page.wait_for_load_state("networkidle")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            faults |= serious_faults(page, f"{view} {scheme}")
    assert faults == {}


def test_every_tool_has_a_key_that_the_list_shows(look: Any, address: str, case_id: str) -> None:
    page = look(f"{address}/segment/{case_id}")
    expect(page.locator(".pane-film .corners").first).to_be_attached()
    page.keyboard.press("?")
    told = page.get_by_role("dialog")
    for does in ("Draw a box", "Measure a distance", "Slice before", "Use the tool at the crosshair", "More contrast"):
        expect(told.get_by_text(does)).to_be_visible()


def test_a_distance_and_a_box_are_drawn_by_keys_alone(look: Any, address: str, case_id: str) -> None:
    page = look(f"{address}/segment/{case_id}")
    film = page.locator(".pane-film[data-index]").first
    expect(film.locator(".corners")).to_be_attached()
    film.focus()
    for key in ("m", "d", "l", "l", "l", "d"):
        page.keyboard.press(key)
    expect(page.get_by_role("status", name="Measures")).to_contain_text("mm")
    for key in ("b", "d", "k", "k", "j", "d"):
        page.keyboard.press(key)
    expect(page.get_by_role("status", name="Where")).to_have_text("Only in the box drawn.")


def test_keys_of_images_leave_buttons_theirs(look: Any, address: str, case_id: str) -> None:
    page = look(f"{address}/case/{case_id}")
    button = page.get_by_role("button", name="Measure")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")


def test_the_first_slices_wait_for_no_model(look: Any, address: str, case_id: str) -> None:
    """Images come from files: they are asked for without any task."""
    asked: list[str] = []
    page = look(f"{address}/correct")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/case/{case_id}")
    expect(page.locator(".pane-film canvas.webgl").first).to_be_attached()
    assert not [url for url in asked if url.endswith(("/search", "/ask", "/classify", "/segment"))]
    assert [url for url in asked if "/volumes/" in url]
