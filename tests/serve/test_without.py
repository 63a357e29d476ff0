"""A question about a case as if it had no image of a modality."""

from typing import Any

import pytest
from fastapi.testclient import TestClient


@pytest.fixture(scope="session")
def two_images(made: Any) -> tuple[str, list[str]]:
    """A case with several images, and their modalities."""
    corpus, _ = made
    case = next(case for case in corpus if len(case.images) > 1)
    return case.id, sorted(case.images)


def test_an_image_can_be_left_out(client: TestClient, two_images: tuple[str, list[str]]) -> None:
    case, modalities = two_images
    whole, less = (_ask(client, case, without) for without in ([], modalities[:1]))
    assert whole.status_code == less.status_code == 200, less.text
    assert whole.json()["score"] != less.json()["score"]


@pytest.mark.parametrize(
    ("leave_out", "text"), [(["x-ray"], "got x-ray"), (None, "got all of them to leave out; leave fewer")]
)
def test_what_cannot_be_left_out_is_said(
    client: TestClient, two_images: tuple[str, list[str]], leave_out: list[str] | None, text: str
) -> None:
    case, modalities = two_images
    refused = _ask(client, case, leave_out or modalities)
    assert refused.status_code == 400
    assert text in refused.json()["detail"]


def test_a_task_that_reads_all_images_together_leaves_none_out(
    client: TestClient, two_images: tuple[str, list[str]]
) -> None:
    case, modalities = two_images
    body = {"input": {"case": case, "without": modalities[:1]}, "request": {}}
    refused = client.post("/api/v1/segment", json=body)
    assert refused.status_code == 400
    assert "drop 'without'" in refused.json()["detail"]


def _ask(client: TestClient, case: str, without: list[str]) -> Any:
    body = {"input": {"case": case, "without": without}, "request": {"question": "Is there a lesion?"}}
    return client.post("/api/v1/ask", json=body)
