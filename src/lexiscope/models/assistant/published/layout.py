"""A vision-language model in hub layout: read with its processor, and written again as it was published."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lexiscope.core.errors import WeightsError
from lexiscope.core.regular import read_regular
from lexiscope.models.assistant.adapter import without_adapter
from lexiscope.models.assistant.published.conversation import Conversation
from lexiscope.models.assistant.published.processor import load_processor
from lexiscope.models.hub_layout import load_hub_layout
from lexiscope.models.loading import quiet

_WRITTEN = frozenset({"config.json", "generation_config.json", "model.safetensors.index.json"})  # with the weights
_WORDS = (".json", ".jinja", ".txt", ".model")  # of tokenizers, processors and chat templates: nothing that can run


def load_layout(folder: Path) -> tuple[Any, Conversation, dict[str, bytes]]:
    """A vision-language model, what makes its inputs, and the files of its processor as they are.

    Raises:
        WeightsError: transformers cannot read them, or there is no chat template.
    """
    from transformers import AutoModelForImageTextToText

    model = load_hub_layout(AutoModelForImageTextToText, folder, what="a vision-language model")
    processor = load_processor(folder, model_type=model.config.model_type)
    tokenizer, end = processor.tokenizer, model.generation_config.eos_token_id
    ends = [end] if isinstance(end, int) else [*(end or ())]
    if not ends and tokenizer.eos_token_id is not None:
        ends = [tokenizer.eos_token_id]
    if not ends:
        msg = f"expected an end token of answers in {folder / 'generation_config.json'}, found none"
        raise WeightsError(f"{msg}; name it there: eos_token_id")
    files = {
        file.name: read_regular(file)
        for file in sorted(folder.iterdir())
        if file.suffix in _WORDS and file.name not in _WRITTEN
    }
    return model, Conversation(processor, ends), files


def save_layout(model: Any, files: Mapping[str, bytes], folder: Path) -> None:
    """Write a vision-language model in the layout that it was published in; an adapter beside it is left out."""
    with quiet(), without_adapter(model):
        model.save_pretrained(folder)
    for name, content in files.items():
        (folder / name).write_bytes(content)
