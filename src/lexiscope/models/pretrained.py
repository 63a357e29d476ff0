"""Pretrained transformers models from a `WeightsSource`: the settings that rebuild them, and their weights."""

from typing import Any

from safetensors import SafetensorError
from torch import Tensor

from lexiscope.core.errors import WeightsError
from lexiscope.models.dinov2_focus import DINOV2_FOCUS_CONFIG, dinov2_focus_state
from lexiscope.models.loading import first_line, quiet
from lexiscope.models.mobilenet_v2 import MOBILENET_V2_CONFIG, mobilenet_v2_state
from lexiscope.models.weights import WeightsSource


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
    from transformers import AutoConfig, AutoModel

    values = {name: value for name, value in settings.items() if name not in ("transformers_version", "auto_map")}
    try:
        config = AutoConfig.for_model(**values)
    except (KeyError, ValueError) as error:
        msg = f"expected a model type that transformers knows, got {settings.get('model_type')!r}: {error}"
        raise WeightsError(f"{msg}; update transformers") from error
    return AutoModel.from_config(config, trust_remote_code=False)


def _filled(settings: dict[str, Any], state: dict[str, Tensor]) -> Any:
    model = rebuild(settings)
    model.load_state_dict(state, strict=True)
    return model.eval()


def _from_hub_layout(source: WeightsSource) -> Any:
    import torch
    from transformers import AutoConfig, AutoModel

    only_here = {"trust_remote_code": False, "local_files_only": True}
    try:
        config = AutoConfig.from_pretrained(source.path, **only_here)
        config = getattr(config, "vision_config", config)
        options = {"config": config, "use_safetensors": True, "dtype": torch.float32, **only_here}
        with quiet():
            model, report = AutoModel.from_pretrained(source.path, output_loading_info=True, **options)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        msg = f"transformers cannot read the weights {source.name!r} at {source.path}: {first_line(error)}"
        raise WeightsError(f"{msg}; save them there with save_pretrained()") from error
    missing = sorted(name for name in report["missing_keys"] if "pooler" not in name)
    if missing:
        msg = (
            f"the weights {source.name!r} lack {len(missing)} tensors, such as {missing[0]}; use a complete checkpoint"
        )
        raise WeightsError(msg)
    return model.eval()
