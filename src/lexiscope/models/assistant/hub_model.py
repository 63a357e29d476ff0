"""`load_hub_model`: an image-text-to-text model of the hub as vision encoder, language model and chat format.

Put together again as an `Assistant` it reads the very vectors that it reads in transformers, so its answers are the
same before tuning, and everything that an assistant can do, it can: evidence, likelihoods, adapters, abstaining.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.errors import WeightsError
from lexiscope.core.regular import read_regular
from lexiscope.models.assistant.chat_format import ChatFormat
from lexiscope.models.assistant.language import LanguageModel, load_language, read_tokenizer, rebuild_language
from lexiscope.models.assistant.vision_encoder import Denormalisation, HubVisionEncoder, load_image_text_model
from lexiscope.models.weights import resolve
from lexiscope.views import View

_WORDS = "\ue000"  # stands for the user's words in a rendered chat; no text holds it
_FAKE = "<fake_token_around_image>"  # Idefics3 and SmolVLM put it around an image, where their processor expands it
_PLAIN = ("USER: ", "\n", "\nASSISTANT: ")  # LLaVA's, for a model without a chat template


@dataclass(frozen=True, slots=True)
class HubModel:
    """Image-text-to-text model, taken apart.

    Args:
        language: Its language model with the tokenizer.
        vision_encoder: Its vision tower and projector.
        chat_format: Text that it expects around images, questions and answers.
    """

    language: LanguageModel
    vision_encoder: HubVisionEncoder
    chat_format: ChatFormat


def has_vision_encoder(name: str, *, allow_download: bool = False) -> bool:
    """True where a name stands for a model that reads images by itself.

    Raises:
        WeightsError: not found.
    """
    path = resolve(name, allow_download=allow_download).path
    if not path.is_dir():
        return False
    settings = json.loads(read_regular(path / "config.json").decode("utf-8"))
    return "vision_config" in settings


def load_hub_model(name: str, *, views: Mapping[str, View], allow_download: bool = False) -> HubModel:
    """An image-text-to-text model, taken apart; models with two-dimensional rotary positions (Qwen2-VL) are refused.

    Args:
        name: A directory or a hub name.
        views: View of each modality that the model should see.
        allow_download: Fetch a hub name from the network when it is nowhere on this machine.

    Raises:
        WeightsError: not found, no such model, or one whose language model cannot stand alone.
    """
    source = resolve(name, allow_download=allow_download)
    model, processor = load_image_text_model(source.path)
    language = LanguageModel(_language_of(model), read_tokenizer(source.path, source), source.to_dict())
    vision_encoder = HubVisionEncoder.of(
        model, processor, {modality: Denormalisation.of(view) for modality, view in views.items()}
    )
    return HubModel(language, vision_encoder, _chat_format(source.path, model))


def load_any_language(name: str, *, allow_download: bool = False) -> LanguageModel:
    """A pretrained language model by name, alone or taken from a model that reads images.

    Raises:
        WeightsError: not found, or none that can stand alone.
    """
    if has_vision_encoder(name, allow_download=allow_download):
        return load_hub_model(name, views={}, allow_download=allow_download).language
    return load_language(name, allow_download=allow_download)


def _language_of(model: Any) -> Any:
    """The language model with its head, as one that stands alone."""
    decoder, head = model.get_decoder(), model.get_output_embeddings()
    tied = head.weight is decoder.get_input_embeddings().weight
    settings = {**model.config.get_text_config().to_dict(), "tie_word_embeddings": tied}
    if "mrope_section" in str(settings.get("rope_parameters") or settings.get("rope_scaling")):
        msg = f"expected a language model that reads words in one row, got {settings['model_type']!r}"
        raise WeightsError(f"{msg}, whose image tokens have rows and columns; use LLaVA, Idefics3 or SmolVLM")
    alone = rebuild_language(settings)
    try:
        alone.base_model.load_state_dict(decoder.state_dict())
        alone.get_output_embeddings().load_state_dict(head.state_dict())
    except RuntimeError as error:
        msg = f"the language model of {type(model).__name__} does not stand alone: {error}"
        raise WeightsError(f"{msg}; use LLaVA, Idefics3 or SmolVLM") from error
    return alone


def _chat_format(folder: Path, model: Any) -> ChatFormat:
    """Text before the images, between them and the user's words, before the answer and after it."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    user, shown, assistant = _PLAIN if tokenizer.chat_template is None else _rendered(tokenizer, model)
    if _FAKE in tokenizer.get_vocab():
        user, shown = f"{user}{_FAKE}<global-img>", f"{_FAKE}{shown}"
    first = tokenizer("a")["input_ids"][:1]
    if first == [tokenizer.bos_token_id] and not user.startswith(tokenizer.bos_token):
        user = tokenizer.bos_token + user
    end = model.generation_config.eos_token_id
    end = end[0] if isinstance(end, list) else end
    return ChatFormat(
        user, assistant, tokenizer.eos_token if end is None else tokenizer.convert_ids_to_tokens(end), shown
    )


def _rendered(tokenizer: Any, model: Any) -> tuple[str, str, str]:
    """Text before the image, after it and before the answer, of a chat template with one image.

    Raises:
        WeightsError: it does not put one image before the words.
    """
    content = [{"type": "image"}, {"type": "text", "text": _WORDS}]
    try:
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
        )
        user, rest = text.split(tokenizer.convert_ids_to_tokens(model.config.image_token_id))
        shown, assistant = rest.split(_WORDS)
    except Exception as error:  # templates are programs of others, and raise what they like
        msg = f"expected a chat template with one image before the words, got another ({error})"
        raise WeightsError(f"{msg}; correct chat_template.jinja") from error
    return user, shown, assistant
