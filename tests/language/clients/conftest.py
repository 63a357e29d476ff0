"""A language model of a few weights on disk."""

import pytest

from lexiscope.models.assistant.language import language_from_scratch
from lexiscope.models.text import save_tokenizer


@pytest.fixture(scope="session")
def tiny_language_model(tmp_path_factory):
    """Folder of a causal language model with random weights, in the layout of the hub."""
    folder = tmp_path_factory.mktemp("tiny")
    language = language_from_scratch(
        ["Is there a crack? Yes.", "No cracks."], width=16, depth=1, heads=2, max_tokens=64
    )
    language.model.save_pretrained(folder)
    save_tokenizer(language.tokenizer, folder)
    return folder
