"""Pretrained transformers models from a `WeightsSource`: the settings that rebuild them, and their weights."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from lexiscope.core.errors import WeightsError
from lexiscope.models.dinov2_focus import DINOV2_FOCUS_CONFIG, dinov2_focus_state
from lexiscope.models.hub_layout import load_hub_layout
from lexiscope.models.mobilenet_v2 import MOBILENET_V2_CONFIG, mobilenet_v2_state
from lexiscope.models.network_settings import network_settings
from lexiscope.models.offline import offline
from lexiscope.models.weights import WeightsSource

_UNLISTED: Mapping[str, str] = {"siglip_text_model": "SiglipTextModel"}  # classes that `AutoModel` does not find


def load_pretrained(source: WeightsSource) -> Any:
    """The transformers model of `source`, in eval mode and float32.

    Of a model with an image and a text half (CLIP, SigLIP) this is the image half.

    Raises:
        WeightsError: transformers cannot read it, or weights are missing in it.
    """
    if source.layout == "dinov2-onnx":
        return _filled(DINOV2_FOCUS_CONFIG, dinov2_focus_state(source.path))
    if source.layout == "torchvision-mobilenet-v2":
        return _filled(MOBILENET_V2_CONFIG, mobilenet_v2_state(source.path))
    return _from_hub_layout(source)


def rebuild(settings: dict[str, Any]) -> Any:
    """A transformers model from its settings (`config.to_dict()`), with random weights.

    Raises:
        WeightsError: this version of transformers has no such model.

    Example:
        >>> sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
        >>> type(rebuild({"model_type": "bert", "vocab_size": 9, **sizes})).__name__
        'BertModel'
    """
    import transformers
    from transformers import AutoConfig, AutoModel

    try:
        config = AutoConfig.for_model(**network_settings(settings))
    except (KeyError, ValueError) as error:
        msg = f"expected a model type that transformers knows, got {settings.get('model_type')!r}: {error}"
        raise WeightsError(f"{msg}; update transformers") from error
    with offline():
        if config.model_type in _UNLISTED:
            return getattr(transformers, _UNLISTED[config.model_type])(config)
        return AutoModel.from_config(config, trust_remote_code=False)


def _filled(settings: dict[str, Any], state: dict[str, Tensor]) -> Any:
    model = rebuild(settings)
    model.load_state_dict(state, strict=True)
    return model.eval()


def _from_hub_layout(source: WeightsSource) -> Any:
    from transformers import AutoModel

    return load_hub_layout(AutoModel, source.path, what=f"the weights {source.name!r}", part="vision_config")
