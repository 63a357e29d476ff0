"""Questions, outlines and reasons in Chromium: what a model says of a case, and what it rests on."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect


@pytest.fixture(scope="session")
def asked(made: Any) -> Any:
    """A visit with two images at least and questions."""
    return next(case for case in made[0] if len(case.images) > 1 and case.turns)


def test_a_suggested_question_is_answered_with_its_citations(look: Any, address: str, asked: Any) -> None:
    page = look(f"{address}/ask/{asked.id}")
    page.get_by_role("group", name="Suggested questions").get_by_role("button").first.click()
    answer = page.get_by_role("status", name="Answer")
    expect(answer).to_contain_text(re.compile(r"probability \d\.\d\d"))
    expect(answer).to_contain_text(re.compile("Given|Held back"))
    citation = page.get_by_role("list", name="Cited cases").get_by_role("listitem").first
    expect(citation).to_contain_text("images alike")
    expect(citation).to_contain_text("holds here")
    expect(citation).to_contain_text("group")
    cited = citation.get_by_role("link").first
    name = cited.text_content()
    assert name != asked.id
    cited.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_of_several_models_the_one_chosen_is_asked(look: Any, address: str, asked: Any) -> None:
    def twice(route: Any) -> None:
        response = route.fetch()
        (model,) = response.json()
        route.fulfill(response=response, json=[model, {**model, "name": "other"}])

    page = look(f"{address}/corpus")
    page.route("**/api/v1/models", twice)
    page.goto(f"{address}/ask/{asked.id}")
    page.get_by_role("combobox", name="Model").select_option("other")
    page.get_by_role("textbox", name="Question").fill("Is there a lesion?")
    with page.expect_request("**/api/v1/ask") as sent:
        page.get_by_role("button", name="Ask", exact=True).click()
    assert sent.value.post_data_json["model"] == "other"
    expect(page.get_by_role("alert")).to_contain_text("expected one of the models model, got other")


def test_a_citation_leads_to_what_it_names(look: Any, address: str, asked: Any) -> None:
    page = look(f"{address}/ask/{asked.id}")
    page.get_by_role("textbox", name="Question").fill("Is there a lesion?")
    page.keyboard.press("Enter")
    shown = page.get_by_role("list", name="Cited cases").get_by_role("link", name="Show the lesion").first
    region = [int(one) for one in re.search(r"region=([^&]*)", shown.get_attribute("href"))[1].split("%2C")]
    shown.click()
    film = page.locator(".pane-film[data-index]").first
    expect(film.locator("rect.box")).to_be_visible()
    assert region[0] <= int(film.get_attribute("data-index")) < region[3]


def test_what_if_stands_beside_the_answer(look: Any, address: str, asked: Any) -> None:
    page = look(f"{address}/ask/{asked.id}")
    expect(page.get_by_role("textbox", name="Question")).to_be_visible()
    page.keyboard.press("q")
    page.keyboard.type("Is there a lesion?")
    _stop_at_once(page, "Ask")
    page.get_by_role("textbox", name="Question").press("Enter")
    expect(page.get_by_role("status", name="Answer")).to_be_visible()
    page.get_by_role("button", name="Without similar cases").click()
    page.get_by_role("button", name=f"Without {sorted(asked.images)[0]}").click()
    page.get_by_role("textbox", name="Other context").fill("The patient is well.")
    page.get_by_role("button", name="With this context").click()
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(5)
    expect(page.get_by_role("table").get_by_text(re.compile(r"probability"))).to_have_count(4)


def test_outlines_are_drawn_measured_and_downloaded(look: Any, address: str, asked: Any, tmp_path: Path) -> None:
    page = look(f"{address}/segment/{asked.id}")
    page.get_by_role("textbox", name="Sentence").fill("Segment the bright lesion.")
    _stop_at_once(page, "Outline", by_key=True)
    page.get_by_role("button", name="Outline", exact=True).click()
    found = page.get_by_role("region", name="Outlines found")
    expect(found).to_contain_text(re.compile(r"score \d\.\d\d"))
    with page.expect_download() as told:
        found.get_by_role("link", name="NIfTI").click()
    told.value.save_as(tmp_path / "mask.nii.gz")
    assert gzip.decompress((tmp_path / "mask.nii.gz").read_bytes())[344:347] == b"n+1"
    with page.expect_download() as told:
        found.get_by_role("button", name="PNG of the slice seen").click()
    told.value.save_as(tmp_path / "slice.png")
    assert (tmp_path / "slice.png").read_bytes()[:4] == b"\x89PNG"


def test_a_box_and_a_point_put_by_mouse_say_where_to_look(look: Any, address: str, asked: Any) -> None:
    page = look(f"{address}/segment/{asked.id}")
    film = page.locator(".pane-film[data-index]").first
    expect(film.locator(".corners")).to_be_attached()
    page.get_by_role("button", name="Box").click()
    box = film.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=3)
    page.mouse.up()
    expect(page.locator("rect.box").first).to_be_visible()
    expect(page.get_by_role("status", name="Where")).to_have_text("Only in the box drawn.")
    page.get_by_role("button", name="Point").click()
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.5)
    expect(page.get_by_role("status", name="Where")).to_contain_text("what holds the point")
    page.get_by_role("checkbox", name="lesion").check()
    with page.expect_request("**/api/v1/segment") as sent:
        page.get_by_role("button", name="Outline", exact=True).click()
    request = sent.value.post_data_json["request"]
    (given,), (pointed,) = request["box"], request["point"]
    z0, y0, x0, z1, y1, x1 = map(int, given.split(","))
    depth, height, width = asked.images[sorted(asked.images)[0]].shape
    assert 0 <= z0 < z1 <= depth
    assert z1 - z0 == 7  # the slice and three on each side
    assert 0.3 < (x1 - x0) / max(width, height) < 0.4 or 0.2 < (x1 - x0) / width < 0.4
    assert 0 <= y0 < y1 <= height
    z, y, x = map(int, pointed.split(","))
    assert z == z0 + 3  # on the slice that was shown
    assert y0 < y < y1
    assert x0 < x < x1
    expect(page.get_by_role("region", name="Outlines found")).to_be_visible()


def test_a_value_is_predicted_with_what_may_be_promised(look: Any, address: str, asked: Any) -> None:
    page = look(f"{address}/why/{asked.id}")
    page.get_by_role("combobox", name="Attribute").select_option("side")
    page.get_by_role("button", name="Predict").click()
    said = page.get_by_role("region", name="Prediction")
    expect(said).to_contain_text(re.compile("side: "))
    expect(said).to_contain_text(re.compile("promised|held-out groups"))
    expect(said).to_contain_text("images are like those of the training")

    def unlike(route: Any) -> None:
        response = route.fetch()
        job = response.json()
        found = {"score": 3.25, "p_value": 0.01, "groups": 20, "warning": "These images are unlike the training."}
        route.fulfill(response=response, json={**job, "result": {**job["result"], "out_of_distribution": found}})

    page.route(re.compile(r"/api/v1/jobs/[^/]+$"), unlike)
    page.get_by_role("button", name="Predict").click()
    warned = said.get_by_role("alert")
    expect(warned).to_contain_text("These images are unlike the training.")
    expect(warned).to_contain_text("Distance 3.25 (1 is usual), p = 0.010 among 20 held-out groups.")


def test_what_each_input_adds_to_the_prediction_at_hand_is_shown_before_where_the_model_looks(
    look: Any, address: str, asked: Any
) -> None:
    page = look(f"{address}/why/{asked.id}")
    sent: list[Any] = []
    page.on("request", lambda told: sent.append(told.post_data_json) if told.url.endswith("/interpret") else None)
    page.get_by_role("combobox", name="Attribute").select_option("side")
    of = page.get_by_role("combobox", name="Of", exact=True)
    expect(of.get_by_role("option")).to_contain_text(["the prediction of side", "the search", "answers", "the outline"])
    _stop_at_once(page, "Explain")
    sent.clear()
    page.route(re.compile(r"/api/v1/jobs/[^/]+$"), _with_words)
    page.get_by_role("button", name="Explain").click()
    added = page.get_by_role("region", name="What each input adds")
    expect(added).to_contain_text("What does each input add?")
    expect(added.locator("figure.chart").first).to_be_visible()
    maps = added.get_by_role("figure", name=re.compile("^Where the model looks in")).first
    slices = int(re.search(r"of (\d+)", maps.locator(".sheet + figcaption").first.text_content())[1])
    maps.get_by_role("slider", name="Slice").fill("0")
    expect(maps.locator(".sheet + figcaption").first).to_contain_text(f"slice 1 of {slices}")
    words = added.get_by_role("figure", name="Words that matter in the question").first.locator(".word")
    expect(words).to_have_text(["lesion (0.500)", "no (-0.250)"])
    expect(words.last).to_have_class("word against")
    assert [(one["parts"], one["target"], one["methods"]) for one in sent] == [
        (["classifier"], "side", ["contribution"]),
        (["classifier"], "side", ["saliency"]),
    ]
    folded = added.locator("details.subject")
    folded.locator("> summary").click()
    expect(folded).not_to_have_attribute("open", "")
    added.get_by_role("navigation", name="What was found").get_by_role("link").click()
    expect(folded).to_have_attribute("open", "")
    expect(folded.locator("> summary")).to_be_in_viewport()


def _stop_at_once(page: Any, begin: str, *, by_key: bool = False) -> None:
    """Press the button that begins something, and stop it before the page has heard of the job's end."""
    held: list[Any] = []
    page.route("**/api/v1/jobs/*/events", lambda route: held.append(route))
    with page.expect_request("**/api/v1/jobs/*/events"):
        page.get_by_role("button", name=begin, exact=True).click()
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        if by_key:
            page.keyboard.press("Escape")
        else:
            page.get_by_role("button", name="Stop").click()
    assert ended.value.status == 200
    expect(page.get_by_role("button", name=begin, exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    page.unroute("**/api/v1/jobs/*/events")


def _with_words(route: Any) -> None:
    """The job as it is, with a chart of words besides."""
    response = route.fetch()
    job = response.json()
    chart = {"kind": "words", "title": "Words that matter in the question", "words": [["lesion", 0.5], ["no", -0.25]]}
    job["result"]["subjects"][0]["results"][0].setdefault("charts", []).append(chart)
    route.fulfill(response=response, json=job)
