"""The Python client says what the API says, and raises what it refuses."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lexiscope.serve.client import Client, ServerError

pytestmark = pytest.mark.slow  # a model is made and opened first


@pytest.fixture
def python(client: TestClient) -> Client:
    """A client whose requests go to the application without a network."""
    made = Client("http://localhost")
    made._http = client  # TestClient is a client of httpx
    return made


def test_every_kind_of_input(python: Client, case_id: str, picture: Path) -> None:
    assert python.models()[0]["tasks"]
    assert python.predict("search", query="a mass", k=2)["value"]
    assert python.predict("ask", case=case_id, question="Is there a lesion?")["value"]["answer"]
    upload = python.upload(picture)
    assert python.predict("segment", upload=upload, modality="flair", structure=["lesion"])["value"]["masks"]
    classes = python.predict("classify", case=case_id, settings={"attribute": "sex"})
    assert classes["value"]["label"]


def test_a_mask_is_fetched_by_its_address(python: Client, case_id: str) -> None:
    made = python.predict("segment", case=case_id, structure=["lesion"])
    assert python.download(made["value"]["masks"][0]["file"])[:2] == b"\x1f\x8b"


def test_what_is_refused_is_raised_with_its_advice(python: Client) -> None:
    with pytest.raises(ServerError, match="expected the id of a case") as refused:
        python.predict("ask", case="nobody", question="Why?")
    assert refused.value.problem["status"] == 404


def test_a_long_interpretation_tells_how_far_it_is(python: Client, made: Any) -> None:
    seen: list[str] = []
    result = python.interpret(
        told=lambda state: seen.append(state["state"]),
        methods=["contribution"],
        parts=["joint"],
        split="train",
        limit=2,
    )
    assert result["subjects"]
    assert str(made[0].path.parent) not in str(result)
    assert seen[-1] == "done"
    with pytest.raises(ServerError, match="expected methods of"):
        python.interpret(methods=["reading tea leaves"])
    with pytest.raises(ServerError, match="expected parts of joint, classifier, assistant, segmenter, got brain"):
        python.interpret(parts=["brain"])
