"""Corrections over HTTP: saved, listed, refused with what to do, and used by what comes after."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image as Pillow

from lexiscope.corpus import Corpus
from lexiscope.corpus.masks import read_mask
from lexiscope.models.directory import ModelDirectory
from lexiscope.serve.app import create_app
from lexiscope.serve.client import Client, ServerError
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.site import Site
from lexiscope.serve.workers.call import Opening
from lexiscope.serve.workers.crew import Crew
from lexiscope.testing import make_corpus

URL = "/api/v1/corrections"
CASE = "case-0000"
# Of a model that is not opened here.
MODEL = cast("ModelDirectory", SimpleNamespace(path=Path("brain"), fingerprint_of=lambda part: f"12ab of {part}"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    corpus = make_corpus(tmp_path / "corpus", 4, masks=True)
    crew = Crew({"brain": Opening(tmp_path / "brain", corpus.path)}, queue=8)
    return Site({"brain": MODEL}, crew, corpus, ServeConfig(port=0), tmp_path / "site")


@pytest.fixture
def api(site: Site) -> TestClient:
    """The API without its workers, which no correction needs."""
    return TestClient(create_app(site), base_url="http://localhost")


def correction(kind: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"case": CASE, "kind": kind, "value": value, **more}


def png(pixels: np.ndarray) -> io.BytesIO:
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, format="PNG")
    stream.seek(0)
    return stream


def upload(api: TestClient, pixels: np.ndarray) -> str:
    return str(api.post("/api/v1/uploads", files={"file": ("mask.png", png(pixels))}).json()["upload"])


def test_words_and_facts_are_saved_and_read_at_once(api: TestClient, site: Site) -> None:
    old = site.cases[CASE]
    made = [
        correction("caption", {"text": "A violet disc.", "instead_of": old.texts[0].text}),
        correction("answer", {"question": "Is it violet?", "answer": "Yes", "form": "closed"}, by="A. Reader"),
        correction("attribute", {"name": "colour", "value": "violet"}, note="by daylight"),
    ]
    answers = [api.post(URL, json=one) for one in made]
    assert [answer.status_code for answer in answers] == [201, 201, 201], [answer.text for answer in answers]
    assert [answer.json()["applied"] for answer in answers] == [True, True, True]
    assert answers[2].json()["before"] == old.attributes["colour"]
    now = site.cases[CASE]
    assert (now.texts[0].text, now.turns[0].answer, now.attributes["colour"]) == ("A violet disc.", "Yes", "violet")
    listed = api.get(URL, params={"case": CASE}).json()
    assert [(one["number"], one["kind"], one["author"]) for one in listed] == [
        (1, "caption", "human"),
        (2, "answer", "human"),
        (3, "attribute", "human"),
    ]
    assert (listed[1]["by"], listed[2]["note"]) == ("A. Reader", "by daylight")
    assert [one["number"] for one in api.get(URL, params={"limit": 2}).json()] == [2, 3]
    assert api.get(URL, params={"case": "case-0001"}).json() == []


def test_the_python_client_corrects_what_a_model_said(api: TestClient, site: Site) -> None:
    client = Client("http://localhost")
    client._http = api  # TestClient is a client of httpx
    said = {"model": "brain", "task": "classify", "value": {"label": "red"}, "evidence": []}
    saved = client.correct(CASE, "attribute", {"name": "colour", "value": "violet"}, corrects=said, by="A. Reader")
    assert (saved["applied"], saved["corrects"]["said"], saved["by"]) == (True, {"label": "red"}, "A. Reader")
    with pytest.raises(ServerError, match="must be text like"):
        client.correct(CASE, "attribute", {"name": "colour", "value": 3})


def test_a_reader_that_began_before_ends_with_what_it_began_with(api: TestClient, site: Site) -> None:
    reader = site.cases
    version = reader.version
    api.post(URL, json=correction("attribute", {"name": "colour", "value": "violet"}))
    assert reader.version == version
    assert site.cases.version != version


def test_while_another_process_writes_a_correction_is_kept_and_shown_when_it_ends(
    api: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lexiscope.corpus.corrections.save._WAIT", 0.05)
    monkeypatch.setattr("lexiscope.serve.site._PAUSE", 0.0)
    with Corpus.open(site.cases.path).writing():
        saved = api.post(URL, json=correction("attribute", {"name": "colour", "value": "violet"}))
        assert (saved.status_code, saved.json()["applied"]) == (201, False)
        assert site.cases[CASE].attributes["colour"] != "violet"
        assert len(api.get(URL, params={"case": CASE}).json()) == 1
    assert site.cases[CASE].attributes["colour"] == "violet"
    shown = site.cases
    assert site.cases is shown, "the corpus is opened again and again, though nothing waits"


def test_of_several_who_save_at_once_none_is_overtaken(api: TestClient, site: Site) -> None:
    def save(place: int) -> int:
        body = correction("attribute", {"name": f"seen {place}", "value": place})
        return api.post(URL, json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(save, range(8))) == {201}
    assert {f"seen {place}" for place in range(8)} <= site.cases[CASE].attributes.keys()


def test_an_outline_comes_as_an_upload(api: TestClient, site: Site) -> None:
    drawn = np.zeros((32, 32), np.uint8)
    drawn[3:9, 20:30] = 255
    old = site.cases[CASE].masks["shape"]
    value = {"structure": "shape", "upload": upload(api, drawn), "on": "photo"}
    saved = api.post(URL, json=correction("mask", value)).json()
    assert (saved["before"]["content"], saved["value"]["mask"]["marked"], saved["value"]["on"]) == (
        old.content,
        60,
        "photo",
    )
    np.testing.assert_array_equal(read_mask(site.cases, site.cases[CASE], "shape"), drawn > 0)
    assert api.get(f"/api/v1/images/{saved['value']['mask']['content']}").status_code == 200


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [(np.zeros((32, 31), np.uint8), "none of the images lies"), (np.eye(32, dtype=np.uint8) + 1, "0 and one other")],
)
def test_what_is_no_outline_of_the_case_is_refused(api: TestClient, pixels: np.ndarray, expected: str) -> None:
    value = {"structure": "shape", "upload": upload(api, pixels)}
    refused = api.post(URL, json=correction("mask", value))
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert expected in refused.json()["detail"]
    assert refused.json()["do"]
    assert api.get(URL).json() == []


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (correction("attribute", {"name": "colour", "value": 3}), 400, "must be text like"),
        (correction("attribute", {"name": "colour", "value": [3]}), 422, "value"),
        (correction("caption", {"text": "New.", "instead_of": "Nobody wrote this."}), 400, "the text of a passage"),
        (correction("caption", {"text": " "}), 400, "needs text"),
        (correction("caption", {"text": "half a character \ud800"}), 422, "text"),
        (correction("caption", {"text": "New."}, by="\ud800"), 422, "by"),
        (correction("caption", {"text": "New.", "instead_of": "\0"}), 400, "the text of a passage"),
        ({**correction("caption", {"text": "New."}), "case": "\0'; --"}, 404, "the id of a case"),
        (correction("attribute", {"name": "\0", "value": "a"}), 400, "NUL"),
        (correction("attribute", {"name": "n", "value": 1 << 80}), 400, "64 bits"),
        (correction("mask", {"structure": "", "upload": "x"}), 404, "the id of an upload"),
        (correction("caption", {"text": "New."}, corrects={"task": "heal"}), 400, "heal"),
        (correction("mask", {"structure": "shape", "upload": "../../etc/passwd"}), 404, "the id of an upload"),
        (correction("colour", {}), 422, "kind"),
        ({**correction("caption", {"text": "New."}), "case": "nobody"}, 404, "got nobody"),
        (correction("caption", {"text": "New."}, corrects={"model": "liver", "task": "caption"}), 400, "got liver"),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_kept(api: TestClient, body: Any, status: int, text: str) -> None:
    refused = api.post(URL, content=json.dumps(body), headers={"content-type": "application/json"})
    assert (refused.status_code, text in refused.text) == (status, True), refused.text
    assert api.get(URL).json() == []


def test_an_attribute_keeps_its_type(api: TestClient, site: Site) -> None:
    values = ["3", 3, 3.5, True, None]
    for number, value in enumerate(values):
        answer = api.post(URL, json=correction("attribute", {"name": f"seen {number}", "value": value}))
        assert answer.status_code == 201, answer.text
    now = [site.cases[CASE].attributes.get(f"seen {number}") for number in range(len(values))]
    assert [(type(value), value) for value in now] == [(type(value), value) for value in values]


def test_a_server_that_is_read_only_takes_none(site: Site) -> None:
    site.config = ServeConfig(port=0, read_only=True)
    api = TestClient(create_app(site), base_url="http://localhost")
    refused = api.post(URL, json=correction("caption", {"text": "New."}))
    assert (refused.status_code, api.get(URL).json()) == (403, [])


def test_the_queue_gives_what_is_least_sure_until_it_is_corrected(api: TestClient, site: Site) -> None:
    said = {"task": "caption", "value": "A red disc.", "score": None, "uncertainty": 0.7, "evidence": [{"case": "x"}]}
    site.predictions.add("brain", CASE, {}, {}, said)
    site.predictions.add("brain", "case-0001", {}, {}, {**said, "uncertainty": 0.2})
    site.predictions.add(
        "brain", "case-0002", {}, {"question": "Red?"}, {"task": "answer", "value": "Yes", "score": 0.6}
    )
    queue = api.get(f"{URL}/queue").json()
    assert [(one["case"], one["unsure"]) for one in queue] == [(CASE, 0.7), ("case-0002", 0.4), ("case-0001", 0.2)]
    assert "evidence" not in queue[0]["prediction"]
    assert queue[1]["request"] == {"question": "Red?"}
    assert api.get(queue[0]["thumbnail"]).headers["content-type"] == "image/png"
    assert [one["case"] for one in api.get(f"{URL}/queue", params={"case": "case-0001"}).json()] == ["case-0001"]
    corrects = {"model": "brain", **queue[0]["prediction"]}
    saved = api.post(URL, json=correction("caption", {"text": "A violet disc."}, corrects=corrects)).json()
    assert saved["corrects"] == {"task": "caption", "model": "12ab of assistant", "said": "A red disc."}
    assert [one["case"] for one in api.get(f"{URL}/queue").json()] == ["case-0002", "case-0001"]
    assert [one["case"] for one in api.get(f"{URL}/queue", params={"task": "answer"}).json()] == ["case-0002"]
    assert api.get(f"{URL}/queue", params={"model": "liver"}).json() == []
    assert len(api.get(f"{URL}/queue", params={"limit": 1}).json()) == 1


def test_nothing_of_this_machine_is_told_of_a_linked_mask(tmp_path: Path, site: Site, api: TestClient) -> None:
    from dataclasses import replace

    case = site.cases[CASE]
    linked = replace(case.masks["shape"], path=str(tmp_path / "outside" / "mask.png"))
    with site.writing() as corpus:
        corpus.upsert([replace(case, masks={"shape": linked})])
    value = {"structure": "shape", "upload": upload(api, np.zeros((32, 32), np.uint8))}
    answer = api.post(URL, json=correction("mask", value))
    assert answer.status_code == 201
    assert str(tmp_path) not in answer.text
    assert str(tmp_path) not in api.get(URL).text


@pytest.fixture(scope="module")
def opened(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The API with a real worker, over a copy of the cohort that may be corrected."""
    from shutil import copytree

    corpus, model = made
    copy = copytree(corpus.path, tmp_path_factory.mktemp("corrected") / "corpus")
    site = Site.open([model.path], corpus=copy, config=ServeConfig(port=0))
    with TestClient(create_app(site), base_url="http://localhost") as client:
        yield client


@pytest.mark.slow
def test_an_answer_goes_through_the_queue_to_its_correction(opened: TestClient, case_id: str) -> None:
    body = {"input": {"case": case_id}, "request": {"question": "Is there a lesion?"}}
    asked = opened.post("/api/v1/ask", json=body)
    assert asked.status_code == 200, asked.text
    (first,) = opened.get(f"{URL}/queue", params={"task": "answer"}).json()
    assert (first["case"], first["request"]) == (case_id, {"question": "Is there a lesion?"})
    assert first["prediction"]["value"] == asked.json()["value"]
    value = {"question": "Is there a lesion?", "answer": "Nobody can tell"}
    saved = opened.post(URL, json={"case": case_id, "kind": "answer", "value": value, "corrects": first["prediction"]})
    assert saved.status_code == 201, saved.text
    assert opened.get(f"{URL}/queue", params={"task": "answer"}).json() == []
    assert opened.post("/api/v1/ask", json=body).status_code == 200
    corpus = Corpus.open(opened.app.state.site.cases.path)
    assert "Nobody can tell" in [turn.answer for turn in corpus[case_id].turns]
