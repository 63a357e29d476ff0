"""The history of instructions over HTTP: what the command line lists, of one case."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lexiscope.corpus import Corpus
from lexiscope.language.instructions.history import instruction_history
from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew


@pytest.fixture
def asked(instructed: Corpus, tmp_path: Path) -> TestClient:
    site = Site({}, Crew({}, queue=1), instructed, ServeConfig(), tmp_path / "site")
    return TestClient(create_app(site), base_url="http://localhost")


def test_a_case_tells_every_instruction_that_it_ever_had(asked: TestClient, instructed: Corpus) -> None:
    rows = asked.get("/api/v1/cases/case-0000/instructions").json()
    listed = [one.to_dict() for one in instruction_history(instructed) if one.case == "case-0000"]
    assert rows == [{**one, "modalities": list(one["modalities"])} for one in listed]
    written, bright = rows
    assert (written["author"], written["version"], written["in_force"]) == ("measured", "ab12" * 16, False)
    assert (bright["author"], bright["by"], bright["correction"]) == ("human", "Ann", 1)
    assert (bright["text"], bright["instead_of"]) == ("The <b>bright</b> spot.", written["text"])
    assert bright["in_force"]
    assert asked.get("/api/v1/cases/case-0001/instructions").json() == []


def test_of_a_case_that_is_not_there_the_problem_is_told(asked: TestClient) -> None:
    refused = asked.get("/api/v1/cases/case-000/instructions")
    assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")
    assert "see /cases" in refused.json()["detail"]


def test_the_document_of_the_api_has_an_example_of_an_instruction(asked: TestClient) -> None:
    schemas = asked.get("/api/v1/openapi.json").json()["components"]["schemas"]
    fields = schemas["InstructionRow"]["properties"]
    assert fields["text"]["examples"] == ["Segment the lesion. It is seen on the left side."]
    assert {name for name, field in fields.items() if not field.get("examples")} == {"in_force"}
