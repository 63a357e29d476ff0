"""The OpenAPI document shows an answer of each route, and each has the form of what is given."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import lexiscope
from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.documented import route_examples
from lexiscope.serve.reference import openapi_document
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew

_API = "/api/v1"
_DICOM = "application/dicom+json"
_BY_VALUE = (
    *("split", "splits", "group", "attributes", "modalities", "licence", "licences", "source", "images", "masks"),
    *("structures", "missing", "record", "settings", "tasks", "patterns", "texts", "text_columns", "turns", "refused"),
    *("by_text_column", "details", "matched"),
)
"""Objects whose names are those of the corpus or of the model, and of which one is compared."""


def test_every_answer_in_json_shows_an_example() -> None:
    document = openapi_document()
    without = [
        f"{method} {path} {status} {media_type}"
        for path, methods in document["paths"].items()
        for method, route in methods.items()
        for status, response in route["responses"].items()
        for media_type, content in response.get("content", {}).items()
        if status.startswith("2") and "json" in media_type and not _shows_example(content, document)
    ]
    assert without == []


def test_examples_are_those_of_a_server_of_the_demo_and_name_no_folder() -> None:
    said = json.dumps(route_examples())
    assert "/tmp" not in said
    assert "/home" not in said


def _shows_example(content: dict[str, Any], document: dict[str, Any]) -> bool:
    """True where an example stands beside a schema, or beside each field of the model that it is."""
    if "example" in content:
        return True
    model = document["components"]["schemas"].get(content["schema"].get("$ref", "").rpartition("/")[2], {})
    fields = model.get("properties", {}).values()
    return bool(fields) and all("examples" in field or "default" in field for field in fields)


def _same_form(example: Any, given: Any, at: str = "") -> list[str]:
    """Where an example differs in its form from what is given; what is null or empty may be anything."""
    if example is None or given is None:
        return []
    if isinstance(example, dict) and isinstance(given, dict):
        if at.rpartition(".")[2] in _BY_VALUE:
            forms = [_same_form(one, other, f"{at}.*") for one in example.values() for other in given.values()]
            return min(forms, key=len, default=[])
        if example.keys() != given.keys():
            return [f"{at}: {sorted(example.keys() ^ given.keys())}"]
        return [wrong for key in example for wrong in _same_form(example[key], given[key], f"{at}.{key}")]
    if isinstance(example, list) and isinstance(given, list):
        return _same_form(example[0], given[0], f"{at}[]") if example and given else []
    return [] if _kind(example) == _kind(given) else [f"{at}: {_kind(example)} and {_kind(given)}"]


def _kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


@pytest.fixture(scope="module")
def case(client: TestClient) -> dict[str, Any]:
    """A case that has images, masks and a question."""
    rows = client.get(f"{_API}/cases?limit=200").json()["cases"]
    whole = (client.get(f"{_API}/cases/{row['id']}").json() for row in rows if any(row["images"].values()))
    found: dict[str, Any] = next(one for one in whole if one["masks"] and one["turns"])
    return found


@pytest.mark.slow
def test_answers_about_the_corpus_have_the_form_of_their_examples(client: TestClient, case: dict[str, Any]) -> None:
    content = next(image["content"] for image in case["images"].values() if image is not None)
    asked = {"input": {"case": case["id"]}, "request": {"question": "Is there a lesion?"}}
    assert client.post(f"{_API}/ask", json=asked).status_code == 200  # fills the queue
    names = ("health", "session", "models", "corpus/audit", "corpus", "cases", "facets", "corrections/looks")
    addresses = {
        **{f"{_API}/{name}": "" for name in names},
        f"{_API}/corrections/queue": f"{_API}/corrections/queue?task=answer",
        f"{_API}/cases/{{case_id}}": f"{_API}/cases/{case['id']}",
        f"{_API}/cases/{{case_id}}/similar": f"{_API}/cases/{case['id']}/similar?k=1",
        f"{_API}/cases/{{case_id}}/instructions": f"{_API}/cases/{case['id']}/instructions",
        f"{_API}/images/{{content}}/about": f"{_API}/images/{content}/about",
    }
    _expect_documented({f"GET {path}": client.get(address or path).json() for path, address in addresses.items()})
    tasks, route = client.get(f"{_API}/tasks").json(), f"GET {_API}/tasks"
    for verb, shown in route_examples()[route]["application/json"].items():
        assert shown.keys() == tasks[verb].keys()
        assert shown["body"]["properties"].keys() == tasks[verb]["body"]["properties"].keys()


@pytest.mark.slow
def test_corrections_have_the_form_of_their_examples(instructed: Any, tmp_path: Path) -> None:
    with _served(instructed, tmp_path / "site", ServeConfig(port=0)) as client:
        body = {"case": "case-0000", "kind": "attribute", "value": {"name": "side", "value": "left"}, "by": "Ada"}
        saved = client.post(f"{_API}/corrections", json=body)
        assert saved.status_code == 201, saved.text
        kept = client.get(f"{_API}/corrections").json()[-1:]
    _expect_documented({f"POST {_API}/corrections": saved.json(), f"GET {_API}/corrections": kept})


@contextmanager
def _served(corpus: Any, folder: Path, config: ServeConfig) -> Iterator[TestClient]:
    """A server of a corpus, without a model."""
    site = Site({}, Crew({}, queue=1), corpus, config, folder)
    with TestClient(create_app(site), base_url="http://localhost") as opened:
        yield opened


def _expect_documented(given: dict[str, Any], media_type: str = "application/json") -> None:
    wrong = {route: _same_form(route_examples()[route][media_type], answer) for route, answer in given.items()}
    assert {route: differences for route, differences in wrong.items() if differences} == {}


@pytest.mark.slow
def test_jobs_have_the_form_of_their_examples(client: TestClient, case: dict[str, Any]) -> None:
    body = {"input": {"case": case["id"]}, "request": {"structure": ["lesion"]}}
    begun = client.post(f"{_API}/segment", json=body, headers={"Prefer": "respond-async"})
    document = client.get(f"{_API}/openapi.json").json()
    shown = document["paths"][f"{_API}/segment"]["post"]["responses"]["202"]["content"]["application/json"]["example"]
    assert _same_form(shown, begun.json()) == []
    address = f"{_API}/jobs/{begun.json()['job']}"
    events = client.get(f"{address}/events").text
    documented = route_examples()[f"GET {_API}/jobs/{{job_id}}/events"]["text/event-stream"]
    example, heard = _events(documented), _events(events)
    assert example[-1][0] == heard[-1][0] == "done"
    assert {name for name, _ in heard} <= {name for name, _ in example}
    assert _same_form(example[-1][1], heard[-1][1]) == []
    ended = client.get(address).json()
    route = f"{_API}/jobs/{{job_id}}"
    _expect_documented({f"GET {route}": ended, f"DELETE {route}": client.delete(address).json()})


def _events(text: str) -> list[tuple[str, Any]]:
    """Name and data of each event of a stream; comments are left out."""
    events = [
        dict(line.split(": ", 1) for line in part.splitlines()) for part in text.split("\n\n") if "data: " in part
    ]
    return [
        (one.get("event", ""), one["data"] if one["data"] == "[DONE]" else json.loads(one["data"])) for one in events
    ]


@pytest.mark.slow
def test_chats_have_the_form_of_their_examples(client: TestClient, case: dict[str, Any]) -> None:
    (model,) = client.get("/v1/models").json()["data"]
    content = f"case: {case['id']}\nIs there a lesion?"
    chat = {"model": model["id"], "messages": [{"role": "user", "content": content}]}
    given = {"GET /v1/models": client.get("/v1/models").json(), "GET /v1/models/{name}": model}
    _expect_documented({**given, "POST /v1/chat/completions": client.post("/v1/chat/completions", json=chat).json()})
    streamed = _events(client.post("/v1/chat/completions", json={**chat, "stream": True}).text)
    example = _events(route_examples()["POST /v1/chat/completions"]["text/event-stream"])
    assert example[-1][1] == streamed[-1][1] == "[DONE]"
    for at in (0, 1, -2):  # role, words, and the prediction
        assert _same_form(example[at][1], streamed[at][1]) == []


@pytest.mark.slow
def test_dicomweb_has_the_form_of_its_examples(client: TestClient) -> None:
    def first(address: str, tag: str) -> str:
        found: str = client.get(address).json()[0][tag]["Value"][0]
        return found

    study = first("/dicomweb/studies?limit=1", "0020000D")
    series = first(f"/dicomweb/studies/{study}/series", "0020000E")
    instance = first(f"/dicomweb/studies/{study}/series/{series}/instances", "00080018")
    known = {"study": study, "series": series, "instance": instance}
    given = {}
    for route in route_examples():
        method, path = route.split(" ")
        if path.startswith("/dicomweb"):
            answer = client.get(path.format(**known))
            assert answer.headers["content-type"] == _DICOM
            given[f"{method} {path}"] = answer.json()
    assert len(given) == 9
    _expect_documented(given, _DICOM)


@pytest.mark.slow
def test_reports_have_the_form_of_their_examples(made: Any, tmp_path: Path) -> None:
    corpus, model = made
    report = lexiscope.evaluate_model(model, corpus, split="train", resamples=10, accept_leak="a test of the form")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/search.json").write_text(json.dumps(report.to_dict()), encoding="utf-8")
    with _served(corpus, tmp_path / "site", ServeConfig(port=0, reports=tmp_path / "reports")) as client:
        rows = client.get(f"{_API}/reports").json()
        read = client.get(f"{_API}/reports/search").json()
    _expect_documented({f"GET {_API}/reports": rows, f"GET {_API}/reports/{{name}}": read})
