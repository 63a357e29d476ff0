"""`AssistantConfig`: what rebuilds an assistant."""

from dataclasses import field
from typing import Any, ClassVar

from transformers import PreTrainedConfig


class AssistantConfig(PreTrainedConfig):
    """Settings that rebuild an `Assistant`.

    Args:
        language: Settings of the language model, as its `config.to_dict()` gives them.
        branches: Branch of the encoder -> lengths of its readout and of its places.
        plan: Settings of `TokenPlan`: level, side, slices.
        projector: Settings of `Projector`: summaries, hidden, dropout, norm.
        adapter: Settings of PEFT's `LoraConfig` (https://arxiv.org/abs/2106.09685); None trains the whole model.
        bf16: Answer in bfloat16, the precision of training; the saved weights are float32.
        chat_format: `ChatFormat` of a hub model with a vision encoder of its own; None for the joint space's encoder.
        weights: Origin of the language model, for the model card; empty for one from scratch.
    """

    model_type = "lexiscope-assistant"
    attribute_map: ClassVar[dict[str, str]] = {"marks": "chat_format"}  # its name in models saved before November 2026

    language: dict[str, Any] = field(default_factory=dict)
    branches: dict[str, tuple[int, int]] = field(default_factory=dict)
    plan: dict[str, int] = field(default_factory=dict)
    projector: dict[str, Any] = field(default_factory=dict)
    adapter: dict[str, Any] | None = None
    bf16: bool = False
    chat_format: dict[str, str] | None = None
    weights: list[dict[str, str]] = field(default_factory=list)
