"""Ids that end as routes do: a slash that is written as %2F belongs to the id."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lexiscope.corpus import Corpus
from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew

_CASES = "/api/v1/cases"


@pytest.fixture
def asked(instructed: Corpus, tmp_path: Path) -> TestClient:
    case = instructed["case-0000"]
    instructed.upsert([replace(case, id=f"case-0000/{end}") for end in ("similar", "instructions")])
    site = Site({}, Crew({}, queue=1), Corpus.open(instructed.path), ServeConfig(), tmp_path / "site")
    return TestClient(create_app(site), base_url="http://localhost")


@pytest.mark.parametrize("end", ["similar", "instructions"])
def test_a_case_whose_id_ends_as_a_route_does_is_found(asked: TestClient, end: str) -> None:
    case = asked.get(f"{_CASES}/case-0000%2F{end}").json()
    assert (case["id"], "corrections" in case) == (f"case-0000/{end}", True)


def test_what_is_below_such_a_case_is_found_too(asked: TestClient) -> None:
    rows = asked.get(f"{_CASES}/case-0000%2Finstructions/instructions").json()
    assert {row["case"] for row in rows} == {"case-0000/instructions"}
    assert {row["case"] for row in asked.get(f"{_CASES}/case-0000/instructions").json()} == {"case-0000"}


def test_other_slashes_may_stay_as_they_are(asked: TestClient) -> None:
    assert asked.get(f"{_CASES}/case-0000/similar/instructions").json()[0]["case"] == "case-0000/similar"
    refused = asked.get(f"{_CASES}/case-0000/similar/similar", params={"model": "none"})
    assert (refused.status_code, "expected one of the models" in refused.json()["detail"]) == (400, True)
