"""A low-rank adapter (https://arxiv.org/abs/2106.09685) beside a language model's linear layers."""

from collections.abc import Mapping
from typing import Any

from lexiscope.core.errors import ModelError


def add_adapter(language: Any, settings: Mapping[str, Any]) -> None:
    """Put low-rank matrices beside a language model's linear layers; they alone train.

    Args:
        language: A causal language model of transformers, changed in place.
        settings: Settings of PEFT's `LoraConfig`.

    Raises:
        ModelError: the language model has no layers of these names.

    Example:
        >>> from torch import nn
        >>> model = nn.Sequential(nn.Linear(2, 2))
        >>> add_adapter(model, {"r": 1, "target_modules": ["0"]})
        >>> sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
        4
    """
    from peft import LoraConfig, inject_adapter_in_model

    try:
        inject_adapter_in_model(LoraConfig(**settings), language)
    except ValueError as error:  # PEFT's, when no layer has such a name
        names = ", ".join(settings["target_modules"])
        msg = f"expected a language model with layers {names}, got {type(language).__name__}: {error}"
        raise ModelError(f"{msg}; train it whole, without an adapter") from error


def merge_adapter(language: Any) -> None:
    """Add an adapter's matrices into the layers they stand beside, and take them away.

    Args:
        language: A language model with an adapter, changed in place.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    adapted = [(name, layer) for name, layer in language.named_modules() if isinstance(layer, BaseTunerLayer)]
    for name, layer in adapted:
        layer.merge()
        language.set_submodule(name, layer.get_base_layer())
