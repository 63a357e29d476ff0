"""`read_open_clip`: image-text models in the layout of open_clip, of timm's ViT and a BERT, such as BiomedCLIP."""

import math
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lexiscope.core.errors import WeightsError
from lexiscope.models.build import seeded
from lexiscope.models.hub_cache import OPEN_CLIP_SETTINGS, OPEN_CLIP_WEIGHTS
from lexiscope.models.loading import copy_out_of_file, quiet
from lexiscope.models.offline import offline
from lexiscope.models.published.preparation import ImagePreparation
from lexiscope.models.published.settings_file import read_settings
from lexiscope.models.published.space import ImageHalf, PublishedSpace, TextHalf
from lexiscope.models.saved import read_tensors
from lexiscope.models.text import load_tokenizer
from lexiscope.models.weights import WeightsSource
from lexiscope.views.intensity import Intensity

_TRUNK, _BERT = "visual.trunk.", "text.transformer."
_HEAD_WIDTH = 64  # channels of an attention head in every plain ViT of timm and in every BERT
_LONGEST = 77  # open_clip's, where the settings name no other
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # open_clip's, likewise
_POOLER = "cls_last_hidden_state_pooler"  # how texts must be pooled
_INSTEAD = "save the model in the layout of transformers (CLIP) and name that directory"
# timm's name of a layer -> the hub's name of it
_OF_VIT: Mapping[str, str] = {
    r"cls_token$": "embeddings.cls_token",
    r"pos_embed$": "embeddings.position_embeddings",
    r"patch_embed\.proj\.": "embeddings.patch_embeddings.projection.",
    r"blocks\.(\d+)\.norm1\.": r"encoder.layer.\1.layernorm_before.",
    r"blocks\.(\d+)\.attn\.proj\.": r"encoder.layer.\1.attention.output.dense.",
    r"blocks\.(\d+)\.norm2\.": r"encoder.layer.\1.layernorm_after.",
    r"blocks\.(\d+)\.mlp\.fc1\.": r"encoder.layer.\1.intermediate.dense.",
    r"blocks\.(\d+)\.mlp\.fc2\.": r"encoder.layer.\1.output.dense.",
    r"norm\.": "layernorm.",
}
_QUERY_KEY_VALUE = re.compile(r"blocks\.(\d+)\.attn\.qkv\.(weight|bias)$")


def read_open_clip(source: WeightsSource) -> PublishedSpace:
    """BiomedCLIP's kind (https://arxiv.org/abs/2303.00915): class tokens, a linear map of images, two layers for texts.

    Raises:
        WeightsError: the checkpoint is damaged, or its halves are others.
        ModelError: no tokenizer lies beside it, or weights are damaged.
    """
    settings = _settings(source)
    vision, words = settings["model_cfg"]["vision_cfg"], settings["model_cfg"]["text_cfg"]
    state = read_tensors(source.path / OPEN_CLIP_WEIGHTS)
    vit, bert = _vit(_below(state, _TRUNK), source), _bert(_below(state, _BERT), source)
    longest = int(words.get("context_length", _LONGEST))
    hidden, projection = _text_projection(_below(state, "text."), source)
    given = settings.get("preprocess_cfg", {})
    intensity = Intensity(mean=tuple(given.get("mean", _MEAN)), std=tuple(given.get("std", _STD)))
    preparation = ImagePreparation(int(vision.get("image_size", 224)), "crop", intensity)
    image = ImageHalf(vit, _need(state, "visual.head.proj.weight", source), preparation, statistic="cls")
    tokenizer = load_tokenizer(source.path, max_tokens=longest)
    text = TextHalf(bert, projection, tokenizer, longest, pooling="cls", hidden=hidden)
    return PublishedSpace(source, image, text, logit_scale=_need(state, "logit_scale", source).item())


def _settings(source: WeightsSource) -> Mapping[str, Any]:
    """Settings of a model whose halves are read here."""
    file = source.path / OPEN_CLIP_SETTINGS
    try:
        settings = read_settings(file)
        vision, words = settings["model_cfg"]["vision_cfg"], settings["model_cfg"]["text_cfg"]
        plain = str(vision.get("timm_model_name", "")).startswith("vit_") and vision.get("timm_proj") == "linear"
        by_class = words.get("hf_pooler_type", words.get("pooler_type")) == _POOLER
    except (KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"expected settings of open_clip in {file}, got others: {error}; copy them again") from error
    if not (plain and by_class):
        msg = f"expected a plain ViT of timm beside a BERT that is read by its class token in {file}"
        msg = f"{msg}, got {vision} and {words}"
        raise WeightsError(f"{msg}; {_INSTEAD}")
    return settings


def _vit(state: Mapping[str, Tensor], source: WeightsSource) -> Any:
    from transformers import ViTConfig, ViTModel

    patches, places = _need(state, "patch_embed.proj.weight", source), _need(state, "pos_embed", source)
    width, channels, patch = patches.shape[0], patches.shape[1], patches.shape[-1]
    config = ViTConfig(
        hidden_size=width,
        intermediate_size=len(_need(state, "blocks.0.mlp.fc1.bias", source)),
        num_hidden_layers=1 + max(int(name.split(".")[1]) for name in state if name.startswith("blocks.")),
        num_attention_heads=max(1, width // _HEAD_WIDTH),
        image_size=math.isqrt(places.shape[1] - 1) * patch,
        patch_size=patch,
        num_channels=channels,
        layer_norm_eps=1e-6,
    )
    named: dict[str, Tensor] = {}
    for name, tensor in state.items():
        named |= _split(name, tensor) or {_renamed(name, source): tensor}
    return _filled(ViTModel, config, named, source)


def _split(name: str, tensor: Tensor) -> dict[str, Tensor]:
    """Query, key and value, which timm keeps in one tensor; nothing for other tensors."""
    found = _QUERY_KEY_VALUE.match(name)
    if found is None:
        return {}
    parts = zip(("query", "key", "value"), tensor.chunk(3), strict=True)
    return {f"encoder.layer.{found[1]}.attention.attention.{part}.{found[2]}": x for part, x in parts}


def _renamed(name: str, source: WeightsSource) -> str:
    for pattern, ours in _OF_VIT.items():
        if re.match(pattern, name):
            return re.sub(f"^{pattern}", ours, name)
    msg = f"expected the layers of a plain ViT in {source.name!r}, got {_TRUNK}{name}"
    raise WeightsError(f"{msg}; {_INSTEAD}")


def _bert(state: Mapping[str, Tensor], source: WeightsSource) -> Any:
    from transformers import BertConfig, BertModel

    vocabulary, width = _need(state, "embeddings.word_embeddings.weight", source).shape
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=len(_need(state, "encoder.layer.0.intermediate.dense.bias", source)),
        num_hidden_layers=1 + max(int(name.split(".")[2]) for name in state if name.startswith("encoder.layer.")),
        num_attention_heads=max(1, width // _HEAD_WIDTH),
        max_position_embeddings=len(_need(state, "embeddings.position_embeddings.weight", source)),
        type_vocab_size=len(_need(state, "embeddings.token_type_embeddings.weight", source)),
    )
    named = {name: tensor for name, tensor in state.items() if name != "embeddings.position_ids"}
    return _filled(BertModel, config, named, source)


def _filled(kind: Any, config: Any, state: Mapping[str, Tensor], source: WeightsSource) -> Any:
    """A model with weights by the names of the hub, every one of them used; its pooler, which nobody reads, is zero."""
    with quiet(), offline(), seeded(0):
        model, report = kind.from_pretrained(
            None, config=config, state_dict=dict(state), dtype=torch.float32, output_loading_info=True
        )
    lacks = sorted(name for name in report["missing_keys"] if not name.startswith("pooler."))
    odd = sorted([*lacks, *report["unexpected_keys"], *map(str, report["mismatched_keys"])])
    if odd:
        msg = f"expected the weights of a {kind.__name__} in {source.name!r}, got others, such as {odd[0]}"
        raise WeightsError(f"{msg}; copy the model again")
    for name, tensor in model.state_dict().items():
        if name in report["missing_keys"]:
            tensor.zero_()
    copy_out_of_file(model)
    return model.eval()


def _text_projection(state: Mapping[str, Tensor], source: WeightsSource) -> tuple[Tensor | None, Tensor]:
    """First map of a projection of two with a GELU between, if it has one, and the last one."""
    if "proj.weight" in state:
        return None, state["proj.weight"]
    return _need(state, "proj.0.weight", source), _need(state, "proj.2.weight", source)


def _need(state: Mapping[str, Tensor], name: str, source: WeightsSource) -> Tensor:
    if name not in state:
        msg = f"expected a tensor {name} of a ViT beside a BERT in {source.path / OPEN_CLIP_WEIGHTS}, found none"
        raise WeightsError(f"{msg}; {_INSTEAD}")
    return state[name]


def _below(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
