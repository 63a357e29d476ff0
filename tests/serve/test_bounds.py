"""Numbers that answers and work grow with have an end over HTTP, and the page stays below it."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.site import Site
from lexiscope.serve.wire import MOST_RESULTS, body_of
from lexiscope.serve.workers.crew import Crew
from lexiscope.tasks import TASKS

_PAGE = Path(__file__).parents[2] / "web" / "src"
_CASE = {"case": "visit-7"}


@pytest.fixture
def asked(tmp_path: Path) -> TestClient:
    site = Site({}, Crew({}, queue=1), None, ServeConfig(), tmp_path / "site")
    return TestClient(create_app(site), base_url="http://localhost")


@pytest.mark.parametrize(
    ("verb", "body", "expected", "came"),
    [
        ("search", {"request": {"query": "a", "k": 1_000_000}}, "request.k less than or equal to 2000", "1000000"),
        ("ask", {"input": _CASE, "request": {"question": "Why?", "k": 2001}}, "request.k less than or", "2001"),
        ("classify", {"input": _CASE, "settings": {"attribute": "sex"}, "request": {"k": 9999}}, "request.k", "9999"),
        ("caption", {"input": _CASE, "request": {"max_tokens": 10**9}}, "request.max_tokens less", "1000000000"),
        ("segment", {"input": _CASE, "settings": {"overlap": 0.99}}, "settings.overlap less", "0.99"),
    ],
)
def test_a_larger_number_is_refused_with_the_largest(
    asked: TestClient, verb: str, body: dict[str, Any], expected: str, came: str
) -> None:
    refused = asked.post(f"/api/v1/{verb}", json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    problem = refused.json()
    assert problem["expected"].startswith(expected)
    assert problem["came"] == came
    assert problem["do"] == "compare with the schema at /api/v1/openapi.json"


def test_a_larger_number_in_an_address_is_refused_the_same_way(asked: TestClient) -> None:
    problem = asked.get("/api/v1/cases", params={"limit": 201, "offset": -1}).json()
    assert problem["expected"] == "offset greater than or equal to 0; limit less than or equal to 200"
    assert problem["came"] == "-1; 201"


def test_every_task_says_how_many_results_it_gives_at_most() -> None:
    for task in TASKS.load_all().values():
        fields = body_of(task).model_fields["request"].annotation.model_json_schema()["properties"]  # type: ignore[union-attr]
        if "k" in fields:
            assert fields["k"]["maximum"] == MOST_RESULTS


def test_how_many_windows_are_computed_at_once_is_no_choice_of_a_visitor(asked: TestClient) -> None:
    refused = asked.post("/api/v1/segment", json={"input": _CASE, "settings": {"batch": 10**6}})
    assert (refused.status_code, "Extra inputs" in refused.json()["detail"]) == (422, True)


def test_the_page_never_asks_for_more() -> None:
    text = "\n".join(file.read_text() for file in sorted(_PAGE.rglob("*.ts*")))
    asked = [
        int(number) for number in re.findall(r"\bMOST_HITS = (\d+)|\bk: (\d+)", text) for number in number if number
    ]
    assert len(asked) >= 2
    assert max(asked) <= MOST_RESULTS
