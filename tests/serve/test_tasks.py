"""Every task is served, and says over HTTP what it says in the process."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import lexiscope
from lexiscope.tasks import TASKS

pytestmark = pytest.mark.slow  # a model is made and opened first


def test_an_answer_over_http_is_that_of_the_process(client: TestClient, made: Any, case_id: str) -> None:
    corpus, model = made
    body = {"input": {"case": case_id}, "request": {"question": "Is there a lesion?"}}
    over_http = client.post("/api/v1/ask", json=body).json()
    here = lexiscope.ask(model, case_id, "Is there a lesion?", corpus=corpus)[0].to_dict()
    assert over_http["value"] == here["value"]
    assert over_http["score"] == pytest.approx(here["score"], abs=1e-5)
    assert [one["case"] for one in over_http["evidence"]] == [one["case"] for one in here["evidence"]]


def test_every_task_has_a_route_with_its_own_settings(client: TestClient) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {f"/api/v1/{kind.verb or name}" for name, kind in TASKS.load_all().items()} <= set(paths)
    listed = client.get("/api/v1/tasks").json()
    assert "question" in str(listed["ask"]["body"])
    assert "LEXISCOPE" not in str(listed)
    assert "api_key" not in str(listed["search"]["body"])  # nobody who asks may name another server
    assert "out" not in listed["segment"]["body"]["$defs"]["DelineateRequestBody"]["properties"]


def test_the_documented_answer_of_each_task_has_the_fields_that_it_gives(client: TestClient, case_id: str) -> None:
    documented = client.get("/api/v1/openapi.json").json()["paths"]
    asked: dict[str, dict[str, Any]] = {
        "search": {"request": {"query": "a mass", "k": 1}},
        "ask": {"input": {"case": case_id}, "request": {"question": "Is there a lesion?"}},
        "segment": {"input": {"case": case_id}, "request": {"structure": ["lesion"]}},
        "classify": {"input": {"case": case_id}, "settings": {"attribute": "sex"}},
        "caption": {"input": {"case": case_id}},
    }
    for verb, body in asked.items():
        content = documented[f"/api/v1/{verb}"]["post"]["responses"]["200"]["content"]["application/json"]
        example, given = content["example"]["value"], client.post(f"/api/v1/{verb}", json=body).json()["value"]
        if verb == "search":
            (example,), (given,) = example, given
        known = {name for name, item in given.items() if item is not None}
        assert known <= set(example) <= set(given) | {"conformal"}, verb  # which needs cases in val


def test_nothing_of_this_machine_is_told(client: TestClient, made: Any, case_id: str, picture: Path) -> None:
    corpus, _ = made
    found = client.post("/api/v1/search", json={"request": {"query": "a mass", "k": 3}})
    assert found.json()["value"][0]["image"]
    upload = client.post("/api/v1/uploads", files={"file": picture.open("rb")}).json()["upload"]
    body = {"input": {"upload": upload, "modality": "flair"}, "request": {"question": "Is there a lesion?"}}
    asked = client.post("/api/v1/ask", json=body)
    assert asked.status_code == 200, asked.text
    assert asked.json()["case"] == "picture.png"
    alike = client.post("/api/v1/search", json={"request": {"image": upload, "modality": "flair", "k": 1}})
    assert alike.json()["case"] == "picture.png"
    outlined = client.post("/api/v1/segment", json={"input": {"case": case_id}, "request": {}})
    for answer in (found, asked, alike, outlined):
        assert str(corpus.path.parent) not in answer.text
        assert "/tmp" not in answer.text


def test_masks_can_be_fetched(client: TestClient, case_id: str) -> None:
    outlined = client.post("/api/v1/segment", json={"input": {"case": case_id}, "request": {"structure": ["lesion"]}})
    (mask,) = outlined.json()["value"]["masks"]
    fetched = client.get(mask["file"])
    assert fetched.status_code == 200
    assert fetched.content[:2] == b"\x1f\x8b"  # gzip, as NIfTI is written


@pytest.mark.parametrize(
    ("verb", "body", "status", "text"),
    [
        ("ask", {"input": {"case": "nobody"}, "request": {"question": "Why?"}}, 404, "expected the id of a case"),
        ("ask", {"input": {}, "request": {"question": "Why?"}}, 404, "expected a case or an upload"),
        ("ask", {"input": {"upload": "x"}, "request": {"question": "Why?"}}, 404, "expected the id of an upload"),
        ("search", {"request": {}}, 400, "a search needs words or an image"),
        ("search", {"request": {"query": "a", "k": 0}}, 400, "k: expected 1 to"),
        ("search", {"request": {"query": "a", "image": "/etc/passwd"}}, 404, "expected the id of an upload"),
        ("search", {"model": "other", "request": {"query": "a"}}, 400, "expected one of the models"),
        ("search", {"request": {"query": "a", "url": "http://elsewhere"}}, 422, "Extra inputs are not permitted"),
        ("classify", {"input": {"case": "x"}}, 422, "Field required"),
    ],
)
def test_wrong_use_is_a_problem_that_says_what_to_do(
    client: TestClient, verb: str, body: dict[str, Any], status: int, text: str
) -> None:
    refused = client.post(f"/api/v1/{verb}", json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert text in refused.json()["detail"]
    assert refused.json()["do"] or status == 404 or "needs words" in text or "k: " in text


def test_what_takes_long_is_a_job_with_an_end(client: TestClient, case_id: str) -> None:
    body = {"input": {"case": case_id}, "request": {"structure": ["lesion"]}}
    begun = client.post("/api/v1/segment", json=body, headers={"Prefer": "respond-async"})
    assert begun.status_code == 202
    with client.stream("GET", f"/api/v1/jobs/{begun.json()['job']}/events") as events:
        last = "".join(events.iter_text()).strip().split("\n\n")[-1]
    assert last.startswith("event: done")
    ended = client.get(f"/api/v1/jobs/{begun.json()['job']}").json()
    assert len(ended["result"]["value"]["masks"]) == 1
    assert (ended["done"], ended["total"], ended["what"]) == (1, 1, "masks")  # what was told last
