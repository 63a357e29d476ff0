"""Searching and browsing in Chromium: what is typed, ticked, dropped and scrolled, and what is on screen then."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect


def _count(page: Any) -> Any:
    return page.locator(".results-head").get_by_role("status")


def test_without_a_question_all_cases_are_listed_with_what_they_lack(look: Any, address: str) -> None:
    page = look(address)
    cases = httpx.get(f"{address}/api/v1/cases").json()
    expect(_count(page)).to_have_text(f"{cases['total']} cases")
    first = cases["cases"][0]
    card = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=first["id"]))
    missing = [name for name, image in first["images"].items() if image is None]
    expect(card.get_by_text("missing")).to_have_count(len(missing))
    shown = card.get_by_role("img").first
    expect(shown).to_have_attribute("alt", re.compile(f"of {first['id']}"))
    page.wait_for_function("image => image.naturalWidth > 0", arg=shown.element_handle())


def test_words_are_typed_and_every_hit_says_why_it_was_found(look: Any, address: str, made: Any) -> None:
    page = look(address)
    page.get_by_role("searchbox").fill("left frontal lesion")
    page.keyboard.press("Enter")
    expect(_count(page)).to_contain_text("hit")
    first = page.locator("article").first
    expect(first).to_contain_text(re.compile(r"Score \d\.\d{3}"))
    expect(first.locator(".why")).to_contain_text("image")
    found = made[0][first.get_by_role("link").text_content()]
    expect(first.get_by_title("Group: patient, paper or specimen")).to_have_text(found.group)
    expect(first.locator(".card-licence")).to_have_text(found.provenance.licence)
    expect(page).to_have_url(re.compile(r"/search\?q=left\+frontal\+lesion$"))


def test_an_address_brings_back_words_filters_and_hits(look: Any, address: str) -> None:
    page = look(f"{address}/search?q=lesion&where=split%3Dtrain&where=attributes.age%3E%3D20")
    expect(page.get_by_role("searchbox")).to_have_value("lesion")
    expect(page.get_by_role("checkbox", name="train")).to_be_checked()
    expect(page.get_by_role("button", name="Remove the filter age ≥ 20")).to_be_visible()
    expect(page.locator("article .chip", has_text=re.compile("^train$")).first).to_be_visible()
    expect(page.locator("article .chip", has_text=re.compile("^test$"))).to_have_count(0)


def test_filters_count_narrow_and_are_taken_away(look: Any, many: str) -> None:
    page = look(many)
    expect(_count(page)).to_have_text("600 cases")
    expect(page.get_by_role("group", name="Split").get_by_text("400")).to_be_visible()
    page.get_by_role("checkbox", name="test").check()
    expect(_count(page)).to_have_text("200 cases")
    page.locator("summary", has_text="number").click()
    page.get_by_role("spinbutton", name="number from").fill("300")
    page.keyboard.press("Enter")
    expect(_count(page)).to_have_text("100 cases")
    page.get_by_role("button", name="Remove the filter split is test").click()
    expect(_count(page)).to_have_text("300 cases")
    page.go_back()
    expect(_count(page)).to_have_text("100 cases")
    page.reload()
    expect(page.get_by_role("spinbutton", name="number from")).to_have_value("300")


def test_values_that_hold_commas_and_quotes_are_ticked_together(look: Any, many: str) -> None:
    page = look(many)
    page.locator("summary", has_text="site").click()
    for name, count in (('left, "lower"', 200), ("left, upper", 400)):
        page.get_by_role("checkbox", name=name).check()
        expect(_count(page)).to_have_text(f"{count} cases")
    page.reload()
    page.get_by_role("checkbox", name='left, "lower"').uncheck()
    expect(_count(page)).to_have_text("200 cases")
    expect(page.get_by_role("checkbox", name="left, upper")).to_be_checked()


def test_a_number_that_is_being_typed_stays_when_the_counts_arrive(look: Any, many: str) -> None:
    page = look(many)
    expect(_count(page)).to_have_text("600 cases")
    held: list[Any] = []
    page.route(re.compile(r"/api/v1/facets\?.*where="), lambda route: held.append(route))
    page.get_by_role("checkbox", name="test").check()
    expect(_count(page)).to_have_text("200 cases")
    page.locator("summary", has_text="number").click()
    page.get_by_role("spinbutton", name="number from").fill("300")
    with page.expect_response(re.compile(r"/api/v1/facets\?.*where=")):
        held[0].continue_()
    expect(page.get_by_role("checkbox", name="photo 180")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="number from")).to_have_value("300")


def test_hits_of_a_model_that_is_untrained_say_so(look: Any, address: str) -> None:
    def answer(route: Any) -> None:
        response = route.fetch()
        told = response.json()
        for hit in told["value"]:
            hit["untrained"] = "a/published-model"
        route.fulfill(response=response, json=told)

    page = look(address)
    page.route("**/api/v1/search", answer)
    page.get_by_role("searchbox").fill("oedema")
    page.keyboard.press("Enter")
    expect(page.get_by_role("note")).to_contain_text("a/published-model as it was published: nothing of it was trained")


def test_an_image_that_is_dropped_is_searched_for(look: Any, address: str, picture: Path, drop: Any) -> None:
    page, held = look(f"{address}/corpus"), []
    page.route("**/api/v1/models", lambda route: held.append(route))
    page.goto(address)
    expect(_count(page)).to_contain_text("cases")
    drop(page, "t2w-of-mine.png", picture.read_bytes())
    expect(page.get_by_text("t2w-of-mine.png")).to_be_visible()
    for route in held:  # what the model reads is known only now, by which the name is understood
        route.continue_()
    expect(page.get_by_role("combobox", name="shows")).to_have_value("t2w")
    expect(_count(page)).to_contain_text("hit")
    page.get_by_role("button", name="Remove the image").click()
    expect(_count(page)).to_contain_text("cases")


def test_a_search_by_image_that_takes_long_is_stopped_and_begun_again(
    look: Any, address: str, picture: Path, drop: Any
) -> None:
    page, held = look(address), []
    expect(_count(page)).to_contain_text("cases")
    page.route("**/api/v1/jobs/*/events", lambda route: held.append(route))  # the page does not hear of its end
    drop(page, "t2w-of-mine.png", picture.read_bytes())
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        page.get_by_role("button", name="Stop").click()
    assert ended.value.status == 200
    expect(page.get_by_role("alert")).to_contain_text("The search was stopped.")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    page.unroute("**/api/v1/jobs/*/events")
    page.get_by_role("button", name="Try again").click()
    expect(_count(page)).to_contain_text("hit")


def test_an_image_is_chosen_and_words_are_added_to_it(look: Any, address: str, picture: Path) -> None:
    page = look(address)
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Image…").click()
    chosen.value.set_files(picture)
    expect(_count(page)).to_contain_text("hit")
    with page.expect_request(re.compile("/api/v1/search$")) as asked:
        page.get_by_role("searchbox").fill("oedema")
        page.get_by_role("button", name="Search").click()
    request = asked.value.post_data_json["request"]
    assert request["query"] == "oedema"
    assert request["image"]


def test_a_file_that_is_no_image_is_refused_with_a_reason(look: Any, address: str, drop: Any) -> None:
    page = look(address)
    drop(page, "notes.txt", b"no image")
    expect(page.get_by_role("alert")).to_contain_text("The file cannot be read")
    expect(page.get_by_role("alert")).to_contain_text("convert it to PNG")


def test_filters_that_leave_nothing_can_be_removed_at_once(look: Any, many: str) -> None:
    page = look(f"{many}/search?where=split%3Dtest&where=attributes.number%3C%3D0")
    expect(page.get_by_role("heading", name="No case passes these filters")).to_be_visible()
    page.get_by_role("button", name="Remove all filters").click()
    expect(_count(page)).to_have_text("600 cases")


def test_a_mistake_in_an_address_is_explained(look: Any, many: str) -> None:
    page = look(f"{many}/search?where=attributes.numbre%3D3")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean 'attributes.number'")
    page.get_by_role("button", name="Remove all filters").click()
    expect(_count(page)).to_have_text("600 cases")


def test_a_server_that_is_gone_is_told_with_what_to_do(look: Any, many: str) -> None:
    page = look(f"{many}/corpus")
    expect(page.get_by_role("heading", name="Splits")).to_be_visible()
    page.route("**/api/v1/cases*", lambda route: route.abort())
    page.get_by_role("link", name="Search").click()
    expect(page.get_by_role("alert").first).to_contain_text("lexiscope serve")
    page.unroute("**/api/v1/cases*")
    page.get_by_role("button", name="Try again").first.click()
    expect(_count(page)).to_have_text("600 cases")


def test_without_a_model_that_searches_words_say_what_is_missing(look: Any, many: str) -> None:
    page = look(f"{many}/search?q=anything")
    expect(page.get_by_role("heading", name="No served model can search")).to_be_visible()


def test_scrolling_meets_every_case_once_and_holds_few_of_them(look: Any, many: str) -> None:
    page = look(many)
    expect(_count(page)).to_have_text("600 cases")
    met: dict[str, None] = {}
    page.mouse.move(800, 500)
    while len(met) < 600:
        expect(page.locator(".card.waiting")).to_have_count(0)
        before = len(met)
        met |= dict.fromkeys(page.locator("article h3").all_text_contents())
        assert page.locator("article").count() < 100
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(60)
        assert len(met) > before or page.evaluate("scrollY + innerHeight < document.body.scrollHeight - 5")
    assert list(met) == [f"case-{n}" for n in range(600)]


def test_captions_are_text(look: Any, many: str) -> None:
    page = look(f"{many}/search?where=case%3Dcase-0")
    expect(page.get_by_text('<img src="x" onerror=')).to_be_visible()
    expect(page.get_by_text("<b>bold</b>")).to_be_visible()
    assert page.title() == "Search – Lexiscope"
