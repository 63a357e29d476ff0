"""Tiny image-text models with random weights, saved as their publishers save them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SIDE = 32
"""Side of their images in pixels."""

_UNKNOWN = "[UNK]"
_SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
_VISION = {**_SIZES, "image_size": SIDE, "patch_size": 8}
_COLOURS = {"image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28], "rescale_factor": 1 / 255}


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
"""Kinds of published models."""


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
