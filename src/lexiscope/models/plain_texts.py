"""`PlainTexts`: the text half of a joint space in plain arrays, for a single query that should not wait for torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int
from tokenizers import Tokenizer

from lexiscope.core.engines import EngineError, failures_of_engines
from lexiscope.core.errors import ModelError
from lexiscope.core.regular import open_regular, read_regular
from lexiscope.core.strict_json import read_object

_CONFIG, _WEIGHTS, _TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
_TOWER, _HEAD = "text.model.", "text_head."
_KIND = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
_HEAD_KIND = {"kind": "linear"}

Weights = Mapping[str, Float32[np.ndarray, "..."]]
TextVectors = tuple[Float32[np.ndarray, " w"], Float32[np.ndarray, " d"]]
"""Unit vectors of a text by the tower, and in the joint space."""
Ends = Int[np.ndarray, " n"]
"""Where the next text begins among the tokens of all, but for the first."""


@dataclass(frozen=True, slots=True)
class PlainTexts:
    """Text tower (BERT, https://arxiv.org/abs/1810.04805) and linear heads of a joint space, without torch.

    Args:
        weights: Name -> tensor of the text tower and its head, as the joint space saved them.
        settings: Settings of the text tower's model.
        levels: Hidden states that the head reads.
        members: Number of heads side by side.
        tokenizer: Tokenizer of the tower, cutting texts as the tower does.
    """

    weights: Weights
    settings: Mapping[str, Any]
    levels: Sequence[int]
    members: int
    tokenizer: Tokenizer

    def vectors(self, text: str) -> TextVectors:
        """Unit vectors of a text by the tower's last layer, and in the joint space."""
        return self.vectors_of_all([text])[0]

    def vectors_of_all(self, texts: Sequence[str]) -> list[TextVectors]:
        """Unit vectors of each text; their tokens go through the layers together, which is quicker than in turn."""
        ids = [self.tokenizer.encode(text).ids for text in texts]
        ends = np.cumsum([len(one) for one in ids])[:-1]
        states = [np.split(state, ends) for state in self._states(ids, ends)]
        pooled = [[_unit(state[number].mean(axis=0)) for state in states] for number in range(len(texts))]
        return [(one[-1], self._projected(np.concatenate([one[level] for level in self.levels]))) for one in pooled]

    def _states(self, ids: Sequence[Sequence[int]], ends: Ends) -> list[Float32[np.ndarray, "t w"]]:
        """What goes into the first layer, and what comes out of each; the tokens of all texts one after another."""
        places = np.concatenate([np.arange(len(one)) for one in ids])
        embedded = (
            self._of("embeddings.word_embeddings.weight")[np.concatenate(ids)]
            + self._of("embeddings.token_type_embeddings.weight")[0]
            + self._of("embeddings.position_embeddings.weight")[places]
        )  # (t, w)
        states = [self._normal(embedded, "embeddings.LayerNorm")]
        for layer in range(self.settings["num_hidden_layers"]):
            states.append(self._layer(states[-1], ends, f"encoder.layer.{layer}."))
        return states

    def _layer(self, x: Float32[np.ndarray, "t w"], ends: Ends, name: str) -> Float32[np.ndarray, "t w"]:
        mixed = self._linear(self._attended(x, ends, f"{name}attention.self."), f"{name}attention.output.dense")
        x = self._normal(mixed + x, f"{name}attention.output.LayerNorm")
        wide = _gelu(self._linear(x, f"{name}intermediate.dense"))  # (t, 4 w)
        return self._normal(self._linear(wide, f"{name}output.dense") + x, f"{name}output.LayerNorm")

    def _attended(self, x: Float32[np.ndarray, "t w"], ends: Ends, name: str) -> Float32[np.ndarray, "t w"]:
        """Each text attends to itself alone."""
        heads = self.settings["num_attention_heads"]
        each = (self._linear(x, name + part) for part in ("query", "key", "value"))
        split = zip(*(np.split(one, ends) for one in each), strict=True)
        return np.concatenate([_attention(query, key, value, heads) for query, key, value in split])

    def _projected(self, features: Float32[np.ndarray, " f"]) -> Float32[np.ndarray, " d"]:
        x = (features - self.weights[f"{_HEAD}mean"]) / self.weights[f"{_HEAD}std"]
        heads = (f"{_HEAD}members.{member}.linear." for member in range(self.members))
        parts = [_unit(self.weights[f"{head}weight"] @ x + self.weights[f"{head}bias"]) for head in heads]
        return np.concatenate(parts) / np.float32(np.sqrt(self.members))

    def _linear(self, x: Float32[np.ndarray, "t f"], name: str) -> Float32[np.ndarray, "t g"]:
        return x @ self._of(f"{name}.weight").T + self._of(f"{name}.bias")

    def _normal(self, x: Float32[np.ndarray, "t w"], name: str) -> Float32[np.ndarray, "t w"]:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self.settings["layer_norm_eps"]))
        return centred / spread * self._of(f"{name}.weight") + self._of(f"{name}.bias")

    def _of(self, name: str) -> Float32[np.ndarray, "..."]:
        return self.weights[_TOWER + name]


def _attention(
    query: Float32[np.ndarray, "t w"], key: Float32[np.ndarray, "t w"], value: Float32[np.ndarray, "t w"], heads: int
) -> Float32[np.ndarray, "t w"]:
    q, k, v = (x.reshape(len(x), heads, -1).swapaxes(0, 1) for x in (query, key, value))  # (h, t, w / h)
    scores = q @ k.swapaxes(1, 2) / np.float32(np.sqrt(q.shape[-1]))  # (h, t, t)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (shares / shares.sum(axis=-1, keepdims=True) @ v).swapaxes(0, 1).reshape(query.shape)


def load_plain_texts(folder: Path) -> PlainTexts | None:
    """The text half of the joint space in a folder; None where it is of another kind or odd, which the full one reads.

    Raises:
        ModelError: its weights hold numbers that are not finite.
    """
    try:
        with failures_of_engines():
            return _read(folder)
    except (EngineError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # the loader of the whole joint space names the fault


def _read(folder: Path) -> PlainTexts | None:
    config = read_object(folder / _CONFIG)
    text, head = config["text"], config["encoder"]["head"]
    settings = text["model"]
    if (
        text.get("pooling", "mean") != "mean"
        or not _says(settings, _KIND)
        or not _says(config["text_head"], _HEAD_KIND)
        or settings.get("is_decoder")
    ):
        return None
    weights = _tensors(folder / _WEIGHTS)
    tokenizer = Tokenizer.from_buffer(read_regular(folder / _TOKENIZER))
    tokenizer.enable_truncation(text["max_tokens"])
    tokenizer.no_padding()
    texts = PlainTexts(weights, settings, text["levels"], head.get("members", 1), tokenizer)
    return texts if texts.vectors("a")[0].shape == (settings["hidden_size"],) else None


def _says(settings: Mapping[str, Any], expected: Mapping[str, str]) -> bool:
    """True where settings do not say otherwise; what they leave out is as expected."""
    return all(settings.get(name, value) == value for name, value in expected.items())


def _tensors(path: Path) -> Weights:
    """The tensors of the text half, each of them finite."""
    from safetensors import safe_open

    with open_regular(path), safe_open(path, framework="numpy") as file:
        names = [name for name in file.keys() if name.startswith((_TOWER, _HEAD))]  # noqa: SIM118  (no mapping)
        tensors = {name: file.get_tensor(name) for name in names}
    for name, tensor in tensors.items():
        if not np.isfinite(tensor.min() + tensor.max()):
            raise ModelError(f"the weights in {path} are damaged ({name} holds numbers that are not finite)")
    if any(tensor.dtype != np.float32 for tensor in tensors.values()):
        raise ValueError("weights of another type")
    return tensors


def _unit(x: Float32[np.ndarray, " w"]) -> Float32[np.ndarray, " w"]:
    return x / np.maximum(np.linalg.norm(x), np.float32(1e-12))


def _gelu(x: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    """x times the normal distribution below x; the error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    z = np.abs(x) / np.float32(np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.zeros_like(t)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * t
    return x * (1 + np.sign(x) * (1 - series * np.exp(-z * z))) / 2
