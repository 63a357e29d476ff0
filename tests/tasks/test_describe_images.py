"""The assistant of a model directory writes instructions about what it is shown."""

import numpy as np
import pytest

from lexiscope.core.errors import ModelError, UsageError
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.write import write_instructions
from lexiscope.models.assistant.assistant import GeneratedAnswer
from lexiscope.models.assistant.tower_assistant import TowerAssistant
from lexiscope.tasks.describe_images import AssistantDescriber
from lexiscope.testing import make_corpus


@pytest.mark.slow
def test_an_assistant_describes_each_image(taught, tmp_path, monkeypatch):
    _, model = taught
    asked = []

    def generate(self, image_tokens, prompts, *, max_tokens):
        asked.append((image_tokens.cases, prompts, max_tokens))
        return [GeneratedAnswer("A bright disc.", -1.0, 4)]

    assert isinstance(AssistantDescriber(model).describe("photo", (np.zeros((3, 8, 8), np.uint8), None), "Look."), str)
    monkeypatch.setattr(TowerAssistant, "say", generate)
    corpus = make_corpus(tmp_path / "corpus", 4)
    settings = InstructionSettings(structures=("disc",), writer="assistant", model=str(model.path))
    report = write_instructions(corpus, settings)
    assert report.author == "assistant:model"
    told = [text for case in corpus for text in instructions_of(case, "disc")]
    assert len(told) == report.instructions > 0
    assert all(text.text.endswith("the disc. In the photo image: A bright disc.") for text in told)
    assert {text.modalities for text in told} == {("photo",)}
    assert asked[0][0] == 1
    assert asked[0][1] == ["Describe the disc in the photo image: where it lies, how large it is and how bright it is."]
    again = write_instructions(corpus, settings)
    assert (again.kept, again.updated) == (report.cases + report.silent, 0)


def test_a_model_without_an_assistant_is_named_with_the_command(corpus, model):
    with pytest.raises(UsageError, match="expected the directory of a model behind --with assistant"):
        write_instructions(corpus, InstructionSettings(structures=("disc",), writer="assistant"))
    settings = InstructionSettings(structures=("disc",), writer="assistant", model=str(model.path))
    with pytest.raises(ModelError, match="train instruct"):
        write_instructions(corpus, settings)
