"""What holds for the whole page: keys, names for screen readers, colours, sizes, what it loads, and the footer."""

from pathlib import Path
from typing import Any

import pytest

from lexiscope.core import Case, Provenance
from lexiscope.corpus import Corpus

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect

_VIEWS = ("/search", "/search?q=lesion", "/corpus", "/reports", "/reports/first", "/reports?one=first&other=second")
_VIEWS += ("/reports/why", "/ask", "/segment", "/why", "/correct", "/nowhere")


def _settle(page: Any) -> None:
    page.wait_for_load_state("networkidle")
    expect(page.locator(".busy")).to_have_count(0)


def test_axe_finds_no_serious_fault_in_light_and_in_dark(look: Any, address: str, serious_faults: Any) -> None:
    faults = {}
    page = look(address)
    for view in _VIEWS:
        page.goto(address + view)
        _settle(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            faults |= serious_faults(page, f"{view} {scheme}")
    assert faults == {}


@pytest.mark.parametrize("first", [360, 3840])
def test_nothing_is_wider_than_the_window(look: Any, address: str, first: int) -> None:
    page = look(address, width=first, height=800)
    for view in _VIEWS:
        page.set_viewport_size({"width": first, "height": 800})
        page.goto(address + view)
        _settle(page)
        for width in (first, 1280, 4200 - first):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_function("width => innerWidth === width", arg=width)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (view, width)


def test_on_a_small_screen_filters_are_folded_and_work(look: Any, many: str) -> None:
    page = look(many, width=360, height=740, touch=True)
    expect(page.get_by_role("status")).to_have_text("600 cases")
    expect(page.get_by_role("checkbox", name="test")).to_be_hidden()
    page.get_by_text("Filters").tap()
    page.get_by_role("checkbox", name="test").tap()
    expect(page.get_by_role("status")).to_have_text("200 cases")
    card = page.locator("article").first.bounding_box()
    assert card["width"] > 300


def test_a_large_screen_shows_many_cases_at_once(look: Any, many: str) -> None:
    page = look(many, width=3840, height=2160)
    expect(page.locator("article").first).to_be_visible()
    rows = page.locator("article").evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")
    assert rows.count(min(rows)) >= 8


def test_colours_follow_the_system_and_a_choice_outlasts_a_reload(look: Any, many: str) -> None:
    page = look(many, dark=True)
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("combobox", name="Colours").select_option("Light")
    light = page.evaluate(ground)
    assert sum(map(int, dark[4:-1].split(", "))) < 150 < 600 < sum(map(int, light[4:-1].split(", ")))
    page.reload()
    assert page.evaluate(ground) == light


def test_every_key_is_listed_and_does_what_it_says(look: Any, many: str) -> None:
    page = look(many)
    expect(page.get_by_role("status")).to_have_text("600 cases")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Write what to look for")
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="Corpus", level=1)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("g o ?")  # words, not commands
    expect(page.get_by_role("searchbox")).to_have_value("g o ?")


def test_cases_are_walked_and_opened_by_keys(look: Any, many: str) -> None:
    page = look(many)
    expect(page.get_by_role("link", name="case-0", exact=True)).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_role("link", name="case-0", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="case-1", exact=True)).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name="case-599", exact=True)).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("link", name="case-0", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{many}/case/case-0")


def test_the_page_is_named_for_those_who_do_not_see_it(look: Any, many: str) -> None:
    page = look(many)
    expect(page.get_by_role("navigation", name="Views").get_by_role("link")).to_have_count(7)
    expect(page.get_by_role("search")).to_be_visible()
    expect(page.get_by_role("list", name="Cases")).to_be_visible()
    expect(page.locator("[aria-posinset='3']")).to_have_attribute("aria-setsize", "600")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_nothing_moves_while_it_is_loaded(look: Any, many: str, address: str, case_id: str) -> None:
    script = (
        "window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach((one) =>"
        " { window.moved += one.value; })).observe({ type: 'layout-shift', buffered: true });"
    )
    views = [f"{many}/search", f"{many}/search?where=split%3Dtest"]
    views += [f"{address}/case/{case_id}", f"{address}/ask/{case_id}"]
    for view in views:
        page = look(view, script=script)
        _settle(page)
        page.wait_for_timeout(300)
        assert page.evaluate("moved") < 0.02, view


def test_what_it_is_for_is_said_once(look: Any, many: str) -> None:
    page = look(many)
    for view in ("/search", "/corpus", "/reports"):
        page.goto(many + view)
        _settle(page)
        expect(page.get_by_text("Research use, not for diagnosis")).to_have_count(1)
        expect(page.get_by_role("contentinfo")).to_contain_text("Research use, not for diagnosis")


def test_a_server_with_a_token_asks_for_it_and_then_shows_what_was_wanted(
    look: Any, serve_corpus: Any, tmp_path: Path
) -> None:
    corpus = Corpus.create(tmp_path / "corpus")
    corpus.upsert(Case(f"case-{n}", "p", Provenance("table")) for n in range(3))
    with serve_corpus(corpus, token="a long and secret token") as address:
        page = look(f"{address}/search?where=case%3Dcase-1")
        token = page.get_by_label("Token")
        token.fill("guessed")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("wrong one")
        token.fill("a long and secret token")
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_role("link", name="case-1")).to_be_visible()
        assert "secret" not in page.evaluate("document.cookie + JSON.stringify(localStorage)")
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("link", name="case-1")).to_have_count(0)
        expect(token).to_be_visible()


def test_an_address_that_is_no_view_says_so(look: Any, many: str) -> None:
    page = look(f"{many}/nowhere")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_role("link", name="Search the corpus").click()
    expect(page.get_by_role("status")).to_have_text("600 cases")
