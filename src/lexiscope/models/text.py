"""`TextTower`: sentences to vectors."""

import logging
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Self

import torch
from jaxtyping import Float
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedConfig, PreTrainedModel

from lexiscope.core.batched import batched
from lexiscope.core.engines import EngineError, failures_of_engines
from lexiscope.core.errors import ModelError
from lexiscope.core.regular import read_regular
from lexiscope.models.loading import first_line, quiet
from lexiscope.models.network_settings import declared_settings
from lexiscope.models.pretrained import load_pretrained, rebuild
from lexiscope.models.saved import damaged, load_saved
from lexiscope.models.weights import WeightsSource

_LOG = logging.getLogger(__name__)
_TOKENIZER = "tokenizer.json"
POOLINGS = ("mean", "cls", "own")


class TextConfig(PreTrainedConfig):
    """Settings that rebuild a `TextTower`.

    Args:
        model: Settings of the transformers model, as its `config.to_dict()` gives them.
        levels: Hidden states to read; -1 is the model's own output, and -1 alone is the usual sentence vector.
        max_tokens: Longer texts are cut here, and a log line says how many were.
        pooling: From tokens to a vector: "mean" over those of each level, each level of unit length; "cls" (the last
            level's first token) or "own" (the model's pooling) as they are, whatever the levels.
        padded: Every text is filled up to `max_tokens` and the filling is read like words, as SigLIP was trained.
        pad_token: Token to fill up with; None takes the model's own.
    """

    model_type = "lexiscope-text"

    model: dict[str, Any] = field(default_factory=dict)
    levels: tuple[int, ...] = (-1,)
    max_tokens: int = 256
    pooling: str = "mean"
    padded: bool = False
    pad_token: int | None = None


class TextTower(PreTrainedModel):
    """Text model of transformers with its tokenizer and its pooling, the mean of https://arxiv.org/abs/1908.10084.

    Args:
        config: Settings of the model and of its pooling.
        tokenizer: Tokenizer of the model; saved and loaded with it.
    """

    config_class = TextConfig
    base_model_prefix = "text"
    main_input_name = "texts"

    def __init__(self, config: TextConfig, tokenizer: Tokenizer | None = None) -> None:
        super().__init__(config)
        if config.pooling not in POOLINGS:
            raise ModelError(f"pooling of texts must be one of {', '.join(POOLINGS)}, got {config.pooling!r}")
        self.model = rebuild(config.model)
        self.tokenizer = tokenizer
        self.post_init()

    @property
    def width(self) -> int:
        """Length of a text's vector: the hidden size of each level that is read, or of what the model pools to."""
        size: int = self.model.config.hidden_size
        if self.config.pooling == "mean":
            return size * len(self.config.levels)
        return getattr(self.model.config, "projection_size", size) if self.config.pooling == "own" else size

    @property
    def sentence_width(self) -> int:
        """Length of the vector that says what a text means without any image: of one level, or of what is pooled."""
        return self.model.config.hidden_size if self.config.pooling == "mean" else self.width

    def at_last_level(self) -> "TextTower":
        """The same model, read at its own output alone: what a text means without any image."""
        settings = declared_settings(TextConfig, {**self.config.to_dict(), "levels": (-1,)})
        tower = TextTower(TextConfig(**settings), self.tokenizer)
        tower.load_state_dict(self.state_dict())
        return tower.eval()

    def encode(self, texts: Sequence[str], *, batch_size: int = 64) -> Float[Tensor, "n d"]:
        """Vectors of texts, in their order; pooled by means, each level's stretch has unit length.

        Texts of like length share a batch, so little is spent on padding. Gradients flow unless the caller stops them.

        Raises:
            ModelError: no tokenizer came with the model.
        """
        ids = self._ids(texts)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        parts = [self._encode([ids[i] for i in rows]) for rows in batched(order, batch_size)]
        if not parts:
            return torch.zeros(0, self.width, device=self.device)
        back = torch.tensor(order).argsort().to(self.device)
        return torch.cat(parts)[back]  # (n, d)

    def token_states(self, texts: Sequence[str], *, batch_size: int = 64) -> list[Float[Tensor, "n d"]]:
        """States of the model's last layer at each token of each text, special tokens included.

        Raises:
            ModelError: no tokenizer came with the model.
        """
        ids = self._ids(texts)
        states: list[Tensor] = [torch.empty(0)] * len(ids)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for rows in batched(order, batch_size):
            hidden = self._run([ids[i] for i in rows])[0].last_hidden_state
            for row, state in zip(rows, hidden, strict=True):
                states[row] = state[: len(ids[row])]
        return states

    def forward(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """Vectors of texts, as `encode` gives them."""
        return self.encode(texts)

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:
        """Weights as safetensors, settings and tokenizer as JSON."""
        with quiet():
            super().save_pretrained(save_directory, **options)
        save_tokenizer(self.tokenizer, Path(save_directory))

    @classmethod
    def from_pretrained(cls, directory: str | Path) -> Self:
        """The saved text tower with its tokenizer, in eval mode.

        Raises:
            ModelError: its weights are damaged, or no tokenizer lies beside them.
        """
        tower = load_saved(cls, directory)
        tower.tokenizer = load_tokenizer(Path(directory), max_tokens=tower.config.max_tokens)
        return tower

    @classmethod
    def load(cls, source: WeightsSource, *, levels: Sequence[int] = (-1,), max_tokens: int = 256) -> Self:
        """A pretrained sentence encoder.

        Raises:
            WeightsError: the weights cannot be read.
            ModelError: no tokenizer lies beside them.
        """
        model = load_pretrained(source)
        limit = min(max_tokens, getattr(model.config, "max_position_embeddings", max_tokens))
        config = TextConfig(model=model.config.to_dict(), levels=tuple(levels), max_tokens=limit)
        tower = cls(config, load_tokenizer(source.path, max_tokens=limit))
        tower.model.load_state_dict(model.state_dict(), strict=True)
        return tower.eval()

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        if self.tokenizer is None:
            raise ModelError("this text tower has no tokenizer; load it from a saved directory, which holds one")
        encodings = self.tokenizer.encode_batch(list(texts))
        cut = sum(bool(encoding.overflowing) for encoding in encodings)
        if cut:
            _LOG.info("%d of %d texts are longer than %d tokens and were cut", cut, len(texts), self.config.max_tokens)
        return [encoding.ids for encoding in encodings]

    def _run(self, ids: list[list[int]]) -> tuple[Any, Tensor]:
        """The model's output for padded token ids, and which of them count, (b, n)."""
        padded, padding = self.config.padded, self.config.pad_token
        longest = self.config.max_tokens if padded else max(1, *(len(row) for row in ids))
        padding = self.model.config.pad_token_id or 0 if padding is None else padding
        tokens = torch.tensor([row + [padding] * (longest - len(row)) for row in ids], device=self.device)  # (b, n)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids], device=self.device)  # (b, n)
        read = torch.ones_like(mask) if padded else mask
        return self.model(input_ids=tokens, attention_mask=read, output_hidden_states=True), mask

    def _encode(self, ids: list[list[int]]) -> Tensor:
        out, mask = self._run(ids)
        if self.config.pooling != "mean":
            return out.pooler_output if self.config.pooling == "own" else out.last_hidden_state[:, 0]  # (b, d)
        weights = mask[..., None].to(out.last_hidden_state.dtype)
        pooled = [
            (out.hidden_states[level] * weights).sum(1) / weights.sum(1).clamp(min=1) for level in self.config.levels
        ]
        return torch.cat([functional.normalize(level, dim=-1) for level in pooled], dim=-1)  # (b, d)


def save_tokenizer(tokenizer: Tokenizer | None, directory: Path) -> None:
    """Write the tokenizer beside the weights, if there is one."""
    if tokenizer is not None:
        tokenizer.save(str(directory / _TOKENIZER))


def load_tokenizer(directory: Path, *, max_tokens: int) -> Tokenizer:
    """The tokenizer beside some weights, cutting at `max_tokens` and never padding.

    Raises:
        ModelError: there is none, or it is damaged.
    """
    file = directory / _TOKENIZER
    if not file.is_file():
        msg = f"expected {_TOKENIZER} in {directory}; save the fast tokenizer there: tokenizer.save_pretrained(...)"
        raise ModelError(msg)
    try:
        with failures_of_engines():
            tokenizer = Tokenizer.from_buffer(read_regular(file))
            tokenizer.enable_truncation(max_tokens)
            tokenizer.no_padding()
    except EngineError as error:
        raise damaged(file, "words", first_line(error)) from error
    return tokenizer
