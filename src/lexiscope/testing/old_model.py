"""Model directories as commit 52b5eea (November 2026) wrote them, file by file.

Names on disk that read differently in today's code are spelled out here: `eyes/`, `looks.json`, `marks`, `words`,
`offered`, `free`, `lessons`. Keys that transformers adds to every configuration with their default are left out.
"""

import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from safetensors.numpy import save_file

from lexiscope.core.files import sha256_file, sha256_json

MODALITY = "photo"
_Shapes = dict[str, tuple[int, ...]]  # name of a weight -> its shape
_WIDTH, _WORDS, _TEXT_TOKENS = 8, 262, 16
_VIEWS = {
    MODALITY: {
        "kind": "planar",
        "channels": 3,
        "intensity": {"scale": "auto", "window": None, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        "augmentation": {"flip": False, "crop": 0.8, "intensity": 0.1},
        "size": 16,
        "fit": "pad",
    }
}
_ENCODER = {
    "model_type": "lexiscope-encoder",
    "modalities": {MODALITY: 3},
    "towers": {"shared": {"kind": "cnn", "channels": 3, "spatial_dims": 2, "stages": [8, 16]}},
    "tower_of": {MODALITY: "shared"},
    "fusion": "late",
    "readout": {"statistics": ["mean"]},
    "head": {"width": 4},
    "mixer": {},
}
_TEXT = {
    "model_type": "lexiscope-text",
    "levels": [-1],
    "max_tokens": _TEXT_TOKENS,
    "model": {
        "model_type": "bert",
        "vocab_size": _WORDS,
        "hidden_size": _WIDTH,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "intermediate_size": 32,
        "max_position_embeddings": _TEXT_TOKENS,
    },
}


def write_old_model(folder: Path, *, own_vision_encoder: bool = False) -> Path:
    """Write a model directory with all parts; weights are small and random, and the same at every call.

    Args:
        folder: The directory to make.
        own_vision_encoder: An assistant on a LLaVA with its vision encoder, without classifier and re-ranker, in the
            place of one that reads the joint space's encoder through a projector.
    """
    _part(folder / "image", _ENCODER, _encoder_shapes(), record=_run("train pretrain image", weights=[]))
    _part(folder / "text", _TEXT, _bert("model."), record=_run("train pretrain text", weights=[]))
    joint = {"model_type": "lexiscope-joint-space", "encoder": _ENCODER, "text": _TEXT, "text_head": {}}
    shapes = {f"image.{name}": shape for name, shape in _encoder_shapes().items()} | _bert("text.model.")
    shapes |= {"logit_scale": (), "logit_bias": (), **_head("text_head", _WIDTH)}
    _part(folder / "joint", {**joint, "temperature": 0.07, "weights": []}, shapes, record=_run("train align"))
    for part in ("image", "joint"):
        _json(folder / part / "views.json", _VIEWS)
    for part in ("text", "joint"):
        _json(folder / part / "tokenizer.json", _tokenizer(limit=_TEXT_TOKENS))
    write = _write_llava_assistant if own_vision_encoder else _write_assistant
    write(folder / "assistant", record=_instruct_record(folder / "joint"))
    (folder / "README.md").write_text("# A lexiscope model\n")
    return folder


def _write_assistant(folder: Path, *, record: Mapping[str, Any]) -> None:
    adapted = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = {
        "model_type": "lexiscope-assistant",
        "language": _llama(width=_WIDTH, hidden=32, layers=1, heads=1, words=_WORDS, tokens=128, tied=True),
        "branches": {MODALITY: [16, 16]},
        "plan": {"level": -1, "side": 2, "slices": 2},
        "projector": {"hidden": 4, "norm": 0.5},
        "adapter": {"r": 2, "lora_alpha": 32, "lora_dropout": 0.05, "target_modules": adapted},
        "bf16": False,
        "marks": None,
        "weights": [],
    }
    _part(folder, config, _adapted_llama_shapes() | _projector_shapes(inputs=16, places=16), record=record)
    _json(folder / "tokenizer.json", _tokenizer())
    kernel = {"width": 0.5, "image": 0.0, "context": 0.0}
    forms = {"offered": ["Yes", "No"], "free": ["left"]}
    _json(folder / "classifier.json", {name: {"kernel": kernel, "answers": answers} for name, answers in forms.items()})
    arrays = [_ridge_arrays(name, answers=len(answers)) for name, answers in forms.items()]
    save_file(dict(chain.from_iterable(one.items() for one in arrays)), folder / "classifier.safetensors")
    _write_mixture(folder)
    reranker = {"model_type": "lexiscope-reranker", "words": _WIDTH, "images": 4, "width": 4, "depth": 1, "heads": 1}
    _part(folder / "reranker", {**reranker, "dropout": 0.2}, _reranker_shapes())


def _write_llava_assistant(folder: Path, *, record: Mapping[str, Any]) -> None:
    language = _llama(width=32, hidden=64, layers=2, heads=2, words=_WORDS + 2, tokens=256, tied=False)
    config = {
        "model_type": "lexiscope-assistant",
        "language": language,
        "branches": {MODALITY: [0, 32]},
        "plan": {"level": -4, "side": 4, "slices": 2},
        "projector": {"norm": 0.1},
        "adapter": None,
        "bf16": False,
        "marks": {"user": "USER: ", "assistant": "</s> ASSISTANT: ", "end": "[SEP]", "shown": "\n"},
        "weights": [
            {"name": "llava", "layout": "hub", "place": "hub cache", "origin": "llava", "licence": "unknown"},
        ],
    }
    shapes = _llama_shapes("language.", language) | {"language.lm_head.weight": (_WORDS + 2, 32)}
    _part(folder, config, shapes, record=record)
    _json(folder / "tokenizer.json", _tokenizer("[UNK]", "<image>"))
    _write_mixture(folder)
    eyes = folder / "eyes"
    empty = {**language, "num_hidden_layers": 0, "vocab_size": 1, "pad_token_id": None}
    _part(eyes, _llava(text=empty), _llava_shapes(_llama_shapes("language_model.", empty)))
    processor = {"image_processor_type": "CLIPImageProcessor", "do_convert_rgb": True, "resample": 3}
    size = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    _json(eyes / "preprocessor_config.json", {**processor, **size})
    _json(eyes / "looks.json", {MODALITY: {"kind": "planar", "mean": [0.5], "std": [0.25]}})


def _part(folder: Path, config: Mapping[str, Any], shapes: _Shapes, *, record: Mapping[str, Any] | None = None) -> None:
    folder.mkdir(parents=True)
    _json(folder / "config.json", config)
    save_file(_weights(shapes), folder / "model.safetensors", metadata={"format": "pt"})
    if record is not None:
        _json(folder / "record.json", record)


def _write_mixture(folder: Path) -> None:
    offered = {"evidence": 0.2, "classifier": 0.3, "temperature": 0.5, "threshold": 0.1}
    free = {"evidence": 0.4, "classifier": 0.1, "temperature": 2.0, "threshold": 0.6}
    _json(folder / "mixture.json", {"offered": offered, "free": free})


def _run(verb: str, **more: Any) -> dict[str, Any]:
    run = {"verb": verb, "config": {}, "corpus": "0123456789ab", "seed": 3, "versions": {"lexiscope": "0.1.0"}}
    started = {"started": "2026-11-27T10:00:00Z", "run": "feed", "metrics": {"recall@10": 0.5}}
    return {
        **run,
        **started,
        "trained_on": {"path": "/lab/corpus", "version": "0123456789ab", "split": "train"},
        **more,
    }


def _instruct_record(joint: Path) -> dict[str, Any]:
    files = {file.name: sha256_file(file) for file in joint.iterdir() if file.name != "record.json"}
    settings = {"evidence": 3, "text_columns": None, "language": "tiny"}
    result = {"lessons": {"caption": 3, "closed": 2, "open": 1}}
    return _run("train instruct", config=settings, joint=sha256_json(files), result=result)


def _json(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, indent=2))


def _weights(shapes: _Shapes) -> dict[str, np.ndarray]:
    """Random values that depend on the name alone; standard deviations are 1."""
    return {name: _values(name, shape) for name, shape in shapes.items()}


def _values(name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name.endswith("std"):
        return np.ones(shape, np.float32)
    rng = np.random.default_rng(crc32(name.encode()))
    return np.asarray(0.3 * rng.standard_normal(shape), np.float32)


def _linear(name: str, out: int, inputs: int, *, bias: bool = True) -> _Shapes:
    return {f"{name}.weight": (out, inputs), **({f"{name}.bias": (out,)} if bias else {})}


def _norm(name: str, width: int) -> _Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _head(name: str, inputs: int) -> _Shapes:
    return {f"{name}.mean": (inputs,), f"{name}.std": (inputs,), **_linear(f"{name}.members.0.linear", 4, inputs)}


def _encoder_shapes() -> _Shapes:
    shapes = dict(_head("heads.0", 16))
    for stage, (inputs, width) in enumerate(((3, 8), (8, 16))):
        name = f"towers.0.stages.{stage}"
        shapes[f"{name}.change.0.weight"] = (width, inputs, 3, 3)
        shapes |= _norm(f"{name}.change.1", width)
        shapes[f"{name}.change.3.weight"] = (width, width, 3, 3)
        shapes |= _norm(f"{name}.change.4", width)
        shapes[f"{name}.keep.weight"] = (width, inputs, 1, 1)
    return shapes


def _bert(prefix: str) -> _Shapes:
    w, layer, embeddings = _WIDTH, f"{prefix}encoder.layer.0", f"{prefix}embeddings"
    shapes: _Shapes = {
        f"{embeddings}.word_embeddings.weight": (_WORDS, w),
        f"{embeddings}.token_type_embeddings.weight": (2, w),
    }
    shapes |= {f"{embeddings}.position_embeddings.weight": (_TEXT_TOKENS, w), **_norm(f"{embeddings}.LayerNorm", w)}
    for name in ("query", "key", "value"):
        shapes |= _linear(f"{layer}.attention.self.{name}", w, w)
    shapes |= _linear(f"{layer}.attention.output.dense", w, w) | _norm(f"{layer}.attention.output.LayerNorm", w)
    shapes |= _linear(f"{layer}.intermediate.dense", 32, w) | _linear(f"{layer}.output.dense", w, 32)
    return shapes | _norm(f"{layer}.output.LayerNorm", w) | _linear(f"{prefix}pooler.dense", w, w)


def _llama(*, width: int, hidden: int, layers: int, heads: int, words: int, tokens: int, tied: bool) -> dict[str, Any]:
    return {
        "model_type": "llama",
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "head_dim": width // heads,
        "max_position_embeddings": tokens,
        "tie_word_embeddings": tied,
        "attention_dropout": 0.0,
        "bos_token_id": 1 if tied else None,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
    }


def _llama_shapes(prefix: str, settings: Mapping[str, Any]) -> _Shapes:
    width, hidden = settings["hidden_size"], settings["intermediate_size"]
    shapes: _Shapes = {f"{prefix}model.embed_tokens.weight": (settings["vocab_size"], width)}
    for layer in range(settings["num_hidden_layers"]):
        name = f"{prefix}model.layers.{layer}"
        shapes |= {f"{name}.{norm}.weight": (width,) for norm in ("input_layernorm", "post_attention_layernorm")}
        for part in "qkvo":
            shapes |= _linear(f"{name}.self_attn.{part}_proj", width, width, bias=False)
        for part in ("gate", "up"):
            shapes |= _linear(f"{name}.mlp.{part}_proj", hidden, width, bias=False)
        shapes |= _linear(f"{name}.mlp.down_proj", width, hidden, bias=False)
    return {**shapes, f"{prefix}model.norm.weight": (width,)}


def _adapted_llama_shapes() -> _Shapes:
    """Every linear layer with PEFT's two matrices of rank 2 beside it."""
    settings = _llama(width=_WIDTH, hidden=32, layers=1, heads=1, words=_WORDS, tokens=128, tied=True)
    shapes: _Shapes = {}
    for name, shape in _llama_shapes("language.", settings).items():
        layer = name.removesuffix(".weight")
        if not layer.endswith("_proj"):
            shapes[name] = shape
            continue
        shapes[f"{layer}.base_layer.weight"] = shape
        shapes[f"{layer}.lora_A.default.weight"] = (2, shape[1])
        shapes[f"{layer}.lora_B.default.weight"] = (shape[0], 2)
    return shapes


def _projector_shapes(*, inputs: int, places: int) -> _Shapes:
    name = "projector.branches.0"
    shapes: _Shapes = {f"{name}.mark": (_WIDTH,), **_norm(f"{name}.norm", _WIDTH)}
    shapes |= {f"{name}.mean": (inputs,), f"{name}.std": (inputs,)}
    shapes |= {f"{name}.places_mean": (places,), f"{name}.places_std": (places,)}
    shapes |= _linear(f"{name}.summary.0", 4, inputs) | _linear(f"{name}.summary.2", 2 * _WIDTH, 4)
    return shapes | _linear(f"{name}.places.0", 4, places) | _linear(f"{name}.places.2", _WIDTH, 4)


def _reranker_shapes() -> _Shapes:
    layer = "layers.layers.0"
    shapes: _Shapes = {"parts": (6, 4), **_linear("words", 4, _WIDTH), **_linear("images", 4, 4)}
    shapes |= {f"{layer}.self_attn.in_proj_weight": (12, 4), f"{layer}.self_attn.in_proj_bias": (12,)}
    shapes |= _linear(f"{layer}.self_attn.out_proj", 4, 4) | _linear(f"{layer}.linear1", 16, 4)
    shapes |= _linear(f"{layer}.linear2", 4, 16) | _norm(f"{layer}.norm1", 4) | _norm(f"{layer}.norm2", 4)
    return shapes | _norm("norm", 4) | _linear("score", 1, 4) | _linear("cosines", 1, 2)


def _ridge_arrays(form: str, *, answers: int) -> dict[str, np.ndarray]:
    question = np.eye(1, _WIDTH, dtype=np.float32)
    arrays: dict[str, np.ndarray] = {
        "questions": question,
        "images": np.zeros((1, 0), np.float32),
        "owners": np.zeros(1, np.int64),
        "contexts": 0 * question,
        "coefficients": np.eye(1, answers, dtype=np.float32),
        "base": np.zeros(answers, np.float32),
    }
    return {f"{form}/{name}": array for name, array in arrays.items()}


def _llava(*, text: Mapping[str, Any]) -> dict[str, Any]:
    vision = {"model_type": "clip_vision_model", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    return {
        "architectures": ["LlavaForConditionalGeneration"],
        "model_type": "llava",
        "image_token_index": _WORDS + 1,
        "tie_word_embeddings": False,
        "text_config": dict(text),
        "vision_config": {**vision, "num_attention_heads": 2, "image_size": 32, "patch_size": 8},
        "vision_feature_layer": -2,
        "vision_feature_select_strategy": "default",
    }


def _llava_shapes(language: _Shapes) -> _Shapes:
    tower = "vision_tower"
    shapes = {**language, "language_model.lm_head.weight": (1, 32)}
    shapes |= _linear("multi_modal_projector.linear_1", 32, 32) | _linear("multi_modal_projector.linear_2", 32, 32)
    shapes |= {f"{tower}.embeddings.class_embedding": (32,), f"{tower}.embeddings.position_embedding.weight": (17, 32)}
    shapes |= {f"{tower}.embeddings.patch_embedding.weight": (32, 3, 8, 8)}
    shapes |= _norm(f"{tower}.pre_layrnorm", 32) | _norm(f"{tower}.post_layernorm", 32)
    for layer in (f"{tower}.encoder.layers.{number}" for number in range(2)):
        shapes |= _norm(f"{layer}.layer_norm1", 32) | _norm(f"{layer}.layer_norm2", 32)
        shapes |= _linear(f"{layer}.mlp.fc1", 64, 32) | _linear(f"{layer}.mlp.fc2", 32, 64)
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes |= _linear(f"{layer}.self_attn.{name}", 32, 32)
    return shapes


def _tokenizer(*further: str, limit: int | None = None) -> dict[str, Any]:
    """Byte-pair tokenizer that knows the words "a" and "b", and single bytes."""
    from tokenizers import pre_tokenizers

    special = ["[PAD]", "[CLS]", "[SEP]", "[MASK]"]
    space = "\u0120"  # how ByteLevel writes it
    words = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet()), f"{space}a", f"{space}b"]
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    byte_level = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    added = [*enumerate(special), *enumerate(further, start=len(words))]
    ends = {name: {"id": name, "ids": [words.index(name)], "tokens": [name]} for name in ("[CLS]", "[SEP]")}
    first, second = ({"Sequence": {"id": name, "type_id": number}} for number, name in enumerate("AB"))
    start, end = ({"SpecialToken": {"id": name, "type_id": 0}} for name in ends)
    cut = {"direction": "Right", "max_length": limit, "strategy": "LongestFirst", "stride": 0}
    return {
        "version": "1.0",
        "truncation": None if limit is None else cut,
        "padding": None,
        "added_tokens": [{"id": number, "content": name, "special": True, **flags} for number, name in added],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}]},
        "pre_tokenizer": byte_level,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [start, first, end],
            "pair": [first, second],
            "special_tokens": ends,
        },
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {word: number for number, word in enumerate(words)},
            "merges": [[space, "a"], [space, "b"]],
        },
    }
