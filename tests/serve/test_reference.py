"""The page about the API is what the API is."""

from pathlib import Path

import pytest

from lexiscope.core.prediction import Evidence, Prediction
from lexiscope.interpret import METHODS
from lexiscope.interpret.adapters import ADAPTERS
from lexiscope.serve.answer_examples import ANSWER_EXAMPLES
from lexiscope.serve.reference import api_page
from lexiscope.serve.routes.interpret import InterpretBody
from lexiscope.serve.wire import body_of
from lexiscope.tasks import TASKS

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"


def test_the_page_is_made_from_the_routes():
    made = "python -m lexiscope.serve.reference > docs/reference/api.md"
    assert _PAGE.read_text(encoding="utf-8") == api_page(), f"make it again: {made}"


@pytest.mark.parametrize("name", ["search", "answer", "segment", "classify", "caption"])
def test_the_example_of_a_body_is_a_request_of_its_task(name):
    task = TASKS.load(name)
    body = body_of(task)
    (example,) = body.model_json_schema()["examples"]
    read = body.model_validate(example)
    task.Request.of(read.request.model_dump(exclude_unset=True))
    task.Settings.of(read.settings.model_dump(exclude_unset=True))


@pytest.mark.parametrize("name", ANSWER_EXAMPLES)
def test_the_example_of_an_answer_has_the_form_of_a_prediction(name):
    example = ANSWER_EXAMPLES[name]
    assert example["task"] == name
    assert list(example) == list(Prediction(name, "case", {}).to_dict())
    for cited in example["evidence"]:
        assert set(cited) == set(Evidence("case", "group", 0.0).to_dict())
        assert {"image", "licence"} <= set(cited["details"])


def test_the_example_of_an_interpretation_names_what_there_is():
    (example,) = InterpretBody.model_json_schema()["examples"]
    body = InterpretBody.model_validate(example)
    assert set(body.methods) <= set(METHODS)
    assert set(body.parts) <= set(ADAPTERS)
