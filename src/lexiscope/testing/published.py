"""Tiny image-text models with random weights, saved as their publishers save them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

SIDE = 32
"""Side of their images in pixels."""

_UNKNOWN = "[UNK]"
_SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
_VISION = {**_SIZES, "image_size": SIDE, "patch_size": 8}
_COLOURS = {"image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28], "rescale_factor": 1 / 255}

_Shapes: TypeAlias = dict[str, tuple[int, ...]]


def save_published(folder: Path, texts: Sequence[str], *, kind: str = "clip", seed: int = 0) -> str:
    """Write a model of two layers each way, and give its name for `--start`.

    Args:
        folder: Directory to write.
        texts: Texts whose words its tokenizer knows.
        kind: "clip", "siglip" (and so SigLIP 2 and MedSigLIP), or "dual" (a ViT and a BERT).
        seed: Seed of the weights.
    """
    import torch

    from lexiscope.models.loading import quiet

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(seed)
        _MODELS[kind](folder, _words(texts)).save_pretrained(folder)
    return str(folder)


def _clip(folder: Path, words: dict[str, int]) -> Any:
    from transformers import CLIPConfig, CLIPModel

    _save_tokenizer(folder, words, frame="[CLS] $A [SEP]")
    crop = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}, "do_center_crop": True}
    _write(folder / "preprocessor_config.json", {**crop, **_COLOURS})
    text: dict[str, Any] = {**_SIZES, "vocab_size": len(words), "max_position_embeddings": 12}
    text |= {"bos_token_id": words["[CLS]"], "eos_token_id": words["[SEP]"], "pad_token_id": words["[PAD]"]}
    return CLIPModel(CLIPConfig(text_config=text, vision_config=_VISION, projection_dim=8))


def _siglip(folder: Path, words: dict[str, int]) -> Any:
    from transformers import SiglipConfig, SiglipModel

    _save_tokenizer(folder, words, frame=None)
    special = {"eos_token": "[SEP]", "pad_token": {"content": "[PAD]"}, "tokenizer_class": "SiglipTokenizer"}
    _write(folder / "tokenizer_config.json", special)
    squash = {"size": {"height": SIDE, "width": SIDE}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    _write(folder / "preprocessor_config.json", squash)
    text: dict[str, Any] = {**_SIZES, "vocab_size": len(words), "max_position_embeddings": 12}
    text |= {"bos_token_id": None, "eos_token_id": words["[SEP]"], "pad_token_id": words[_UNKNOWN]}  # not the one meant
    model = SiglipModel(SiglipConfig(text_config=text, vision_config=_VISION))
    model.logit_scale.data.fill_(2.5)
    model.logit_bias.data.fill_(-7.0)
    return model


def _dual(folder: Path, words: dict[str, int]) -> Any:
    from transformers import BertConfig, VisionTextDualEncoderConfig, VisionTextDualEncoderModel, ViTConfig

    _save_tokenizer(folder, words, frame="[CLS] $A [SEP]")
    squash = {"size": {"height": SIDE, "width": SIDE}, **_COLOURS}
    _write(folder / "processor_config.json", {"image_processor": squash})
    text = BertConfig(vocab_size=len(words), max_position_embeddings=24, pad_token_id=words["[PAD]"], **_SIZES)
    config = VisionTextDualEncoderConfig.from_vision_text_configs(ViTConfig(**_VISION), text, projection_dim=8)
    return VisionTextDualEncoderModel(config)


_MODELS = {"clip": _clip, "siglip": _siglip, "dual": _dual}
KINDS = tuple(_MODELS)
"""Kinds of published models that transformers reads."""


def save_open_clip(folder: Path, texts: Sequence[str], *, seed: int = 0) -> str:
    """Write timm's ViT beside a BERT in the layout of open_clip, as BiomedCLIP is, and give its name for `--start`.

    Args:
        folder: Directory to write.
        texts: Texts whose words its tokenizer knows.
        seed: Seed of the weights.
    """
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    words = _words(texts)
    _save_tokenizer(folder, words, frame="[CLS] $A [SEP]")
    vision = {"timm_model_name": "vit_tiny_patch8_32", "timm_pool": "", "timm_proj": "linear", "image_size": SIDE}
    text = {"hf_model_name": "a/bert", "hf_pooler_type": "cls_last_hidden_state_pooler", "proj": "mlp"}
    model = {"embed_dim": 8, "vision_cfg": vision, "text_cfg": {**text, "context_length": 12}}
    _write(folder / "open_clip_config.json", {"model_cfg": model, "preprocess_cfg": {"mean": [0.5] * 3}})
    generator = torch.Generator().manual_seed(seed)
    shapes = {**_vit_shapes(), **_bert_shapes(len(words))}
    state = {name: 0.3 * torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    save_file(state, folder / "open_clip_model.safetensors")
    return str(folder)


def _vit_shapes(width: int = 64) -> _Shapes:
    block: _Shapes = {"norm1": (width,), "attn.qkv": (3 * width, width), "attn.proj": (width, width), "norm2": (width,)}
    block |= {"mlp.fc1": (96, width), "mlp.fc2": (width, 96)}
    layers = {f"blocks.{number}.{name}": shape for number in range(2) for name, shape in block.items()}
    layers |= {"patch_embed.proj": (width, 3, 8, 8), "norm": (width,)}
    shapes: _Shapes = {
        "visual.trunk.cls_token": (1, 1, width),
        "visual.trunk.pos_embed": (1, 1 + (SIDE // 8) ** 2, width),
    }
    shapes |= {f"visual.trunk.{name}": shape for name, shape in _with_biases(layers).items()}
    return {**shapes, "visual.head.proj.weight": (8, width), "logit_scale": ()}


def _bert_shapes(words: int, width: int = 64) -> _Shapes:
    square = (width, width)
    layer: _Shapes = {f"attention.self.{name}": square for name in ("query", "key", "value")}
    layer |= {"attention.output.dense": square, "attention.output.LayerNorm": (width,)}
    layer |= {"intermediate.dense": (96, width), "output.dense": (width, 96), "output.LayerNorm": (width,)}
    layers = {f"encoder.layer.0.{name}": shape for name, shape in layer.items()} | {"embeddings.LayerNorm": (width,)}
    shapes = _with_biases(layers) | {"embeddings.word_embeddings.weight": (words, width)}
    shapes |= {
        "embeddings.position_embeddings.weight": (12, width),
        "embeddings.token_type_embeddings.weight": (2, width),
    }
    shapes = {f"text.transformer.{name}": shape for name, shape in shapes.items()}
    return {**shapes, "text.proj.0.weight": (36, width), "text.proj.2.weight": (8, 36)}


def _with_biases(layers: _Shapes) -> _Shapes:
    weights = {f"{name}.weight": shape for name, shape in layers.items()}
    return weights | {f"{name}.bias": shape[:1] for name, shape in layers.items()}


def _words(texts: Sequence[str]) -> dict[str, int]:
    known = sorted({word for text in texts for word in text.replace(",", " ,").replace(".", " .").split()})
    return {word: number for number, word in enumerate(["[PAD]", _UNKNOWN, "[CLS]", "[SEP]", *known])}


def _save_tokenizer(folder: Path, words: dict[str, int], *, frame: str | None) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordLevel(words, unk_token=_UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if frame is not None:
        special = [(name, words[name]) for name in ("[CLS]", "[SEP]") if name in frame]
        tokenizer.post_processor = processors.TemplateProcessing(single=frame, special_tokens=special)
    tokenizer.save(str(folder / "tokenizer.json"))


def _write(file: Path, settings: dict[str, Any]) -> None:
    file.write_text(json.dumps(settings), encoding="utf-8")
