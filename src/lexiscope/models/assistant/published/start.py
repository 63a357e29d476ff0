"""`start_published`: an untrained assistant on a published vision-language model."""

from collections.abc import Mapping
from typing import Any

import torch

from lexiscope.core.errors import ModelError, WeightsError
from lexiscope.models.assistant.denormalisation import Denormalisation
from lexiscope.models.assistant.published.assistant import PublishedAssistant
from lexiscope.models.assistant.published.layout import load_layout
from lexiscope.models.assistant.published.settings import PublishedSettings
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.loading import first_line
from lexiscope.models.weights import resolve
from lexiscope.views import View

_SPARE = 64  # tokens for question and answer


def start_published(
    name: str,
    *,
    views: Mapping[str, View],
    plan: TokenPlan,
    adapter: Mapping[str, Any] | None = None,
    bf16: bool = False,
    allow_download: bool = False,
    seed: int = 0,
) -> PublishedAssistant:
    """An assistant on a published vision-language model, which looks at every modality.

    Args:
        name: A directory or a hub name.
        views: View of each modality.
        plan: Tokens of the joint space beside the pictures; its `slices` are the pictures of a volume.
        adapter: Settings of PEFT's `LoraConfig`; None trains the language model itself.
        bf16: Answer in bfloat16.
        allow_download: Fetch a hub name from the network when it is nowhere on this machine.
        seed: Seed of the adapter's weights.

    Raises:
        WeightsError: not found, no such model, or a chat template that cannot be run.
        ModelError: more pictures than the model reads.
    """
    source = resolve(name, allow_download=allow_download)
    model, conversation, files = load_layout(source.path)
    ways = {modality: Denormalisation.of(view) for modality, view in sorted(views.items())}
    frames = {
        modality: ways[modality].pictures(torch.zeros(1, *views[modality].shape), slices=plan.slices)[0].shape[:3]
        for modality in ways
    }
    settings = PublishedSettings(plan, ways, frames, adapter, bf16, (source.to_dict(),))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = PublishedAssistant(model, conversation, files, settings).eval()
    _require_room(made, name)
    return made


def _require_room(assistant: PublishedAssistant, name: str) -> None:
    try:
        tokens = assistant.pictures_length
    except Exception as error:  # chat templates are programs of others, and raise what they like
        msg = f"expected a chat template of {name!r} that takes pictures and words, got another ({first_line(error)})"
        raise WeightsError(f"{msg}; put the publisher's chat_template.jinja beside the weights") from error
    count = sum(shape[0] for shape in assistant.settings.frames.values())
    most = (assistant.context_length - _SPARE) * count // max(1, tokens)
    if count > most:
        each = f"about {-(-tokens // count)} tokens"
        msg = f"expected at most {most} pictures of {each} each in the {assistant.context_length} that {name!r} reads"
        raise ModelError(f"{msg}, got {count}; read fewer slices of a volume, or align fewer modalities")
