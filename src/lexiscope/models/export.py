"""`export_model`: a tuned vision-language model in the layout that it was published in, for other programs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from lexiscope.core.errors import UsageError
from lexiscope.core.files import new_directory, write_text
from lexiscope.models.assistant.adapter import merge_adapter
from lexiscope.models.assistant.published.assistant import PublishedAssistant
from lexiscope.models.assistant.published.layout import save_layout
from lexiscope.models.directory import ModelDirectory

FORMS: Mapping[str, str] = {
    "huggingface": "Weights in float32 with the processor's own files: what transformers and vLLM load.",
    "gguf-ready": "The same in bfloat16, with the pictures' settings and the chat template where llama.cpp looks.",
}
_PICTURES, _TOKENIZER, _TEMPLATE = "preprocessor_config.json", "tokenizer_config.json", "chat_template.jinja"
_USE = {
    "huggingface": "transformers: `AutoModelForImageTextToText.from_pretrained(DIR)` and "
    "`AutoProcessor.from_pretrained(DIR)`\n\nvLLM: `vllm serve DIR`",
    "gguf-ready": "llama.cpp: `python convert_hf_to_gguf.py DIR --outfile model.gguf` for the language model, and "
    "`python convert_hf_to_gguf.py DIR --mmproj --outfile mmproj.gguf` for its vision tower; then "
    "`llama-server -m model.gguf --mmproj mmproj.gguf`",
}


def export_model(model: ModelDirectory | Path | str, out: Path | str, *, form: str) -> Path:
    """Write the assistant of a model, its adapter merged, as the vision-language model that it started from.

    Retrieval, classifier and mixture stay behind: what is written answers by its language model alone.

    Args:
        model: A model whose assistant started from a published vision-language model.
        out: The directory to write.
        form: A name of `FORMS`.

    Raises:
        ModelError: there is no assistant.
        UsageError: it started from towers, `out` exists already, or no such form.
    """
    model, out = ModelDirectory.of(model), Path(out)
    if form not in FORMS:
        raise UsageError(f"expected a form of {', '.join(FORMS)}, got {form!r}; give one of them")
    if out.exists():
        raise UsageError(f"{out} exists already; name a new directory")
    assistant = model.assistant()
    if not isinstance(assistant, PublishedAssistant):
        msg = f"expected an assistant that started from a published vision-language model in {model.path}"
        raise UsageError(f"{msg}, got one on towers, which no other program reads; train it with --start NAME")
    merge_adapter(assistant.model)  # in place: there may be no room for two
    files = dict(assistant.files)
    if form == "gguf-ready":
        assistant.model.to(torch.bfloat16)
        files |= _where_llama_cpp_looks(assistant, files)
    with new_directory(out) as folder:
        save_layout(assistant.model, files, folder)
        write_text(folder / "README.md", _card(assistant, model.record("assistant"), form))
    return out


def _where_llama_cpp_looks(assistant: PublishedAssistant, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files that later versions of transformers fold into others, where they are not there already."""
    made = {}
    if _PICTURES not in files:
        made[_PICTURES] = _json(json.loads(assistant.conversation.processor.image_processor.to_json_string()))
    settings = json.loads(files.get(_TOKENIZER, b"{}"))
    if _TEMPLATE in files and "chat_template" not in settings:
        made[_TOKENIZER] = _json({**settings, "chat_template": files[_TEMPLATE].decode("utf-8")})
    return made


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8")


def _card(assistant: PublishedAssistant, record: Mapping[str, Any], form: str) -> str:
    """What it is, where its weights come from, what it learned from, and how it is loaded."""
    origin = assistant.origins[0]
    lines = [
        f"# {origin['name'].rstrip('/').rsplit('/', 1)[-1]}, tuned",
        f"Started from {origin['origin']} (licence: {origin['licence']}), tuned by `lexiscope train instruct` on the "
        f"corpus {record['corpus'][:12]}. Research use, not for diagnosis.",
        FORMS[form],
        _USE[form],
    ]
    return "\n\n".join(lines) + "\n"
