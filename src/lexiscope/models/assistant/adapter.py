"""A low-rank adapter (https://arxiv.org/abs/2106.09685) beside a language model's linear layers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


def train_language(language: Any, *, adapted: bool) -> None:
    """Let the adapter beside a language model train, or the whole language model where there is none.

    Args:
        language: A causal language model of transformers.
        adapted: There is an adapter.
    """
    for name, weight in language.named_parameters():
        weight.requires_grad_("lora_" in name if adapted else True)


def adapter_in_words(config: Mapping[str, Any]) -> str:
    """End of a sentence about a language model whose settings may name an adapter.

    Example:
        >>> adapter_in_words({"adapter": {"r": 4}}), adapter_in_words({"adapter": None})
        (', with an adapter of rank 4', '')
    """
    adapter = config.get("adapter")
    return "" if adapter is None else f", with an adapter of rank {adapter.get('r')}"


def merge_adapter(language: Any) -> None:
    """Add an adapter's matrices into the layers they stand beside, and take them away.

    Args:
        language: A language model with an adapter, changed in place.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, layer in _adapted(language, BaseTunerLayer):
        layer.merge()
        language.set_submodule(name, layer.get_base_layer())


@contextmanager
def without_adapter(language: Any) -> Iterator[None]:
    """Take an adapter away while the block runs; the weights that it stands beside are as before it was added.

    Args:
        language: A model, with an adapter or without.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    adapted = _adapted(language, BaseTunerLayer)
    for name, layer in adapted:
        language.set_submodule(name, layer.get_base_layer())
    try:
        yield
    finally:
        for name, layer in adapted:
            language.set_submodule(name, layer)


def _adapted(language: Any, kind: type) -> list[tuple[str, Any]]:
    return [(name, layer) for name, layer in language.named_modules() if isinstance(layer, kind)]
