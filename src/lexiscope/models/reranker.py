"""`Reranker`: cross-encoder that scores whether evidence about one case answers a question about another."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedConfig, PreTrainedModel

from lexiscope.models.loading import quiet
from lexiscope.models.saved import load_saved


class RerankerConfig(PreTrainedConfig):
    """Settings that rebuild a `Reranker`.

    Args:
        text_dim: Width of the text tower's token states.
        image_dim: Length of an embedding in the joint space.
        width: Channels of every layer; a multiple of `heads`.
        depth: Number of transformer layers.
        heads: Attention heads of each layer.
        dropout: Share dropped in training, inside the layers and of the token states that come in.
    """

    model_type = "lexiscope-reranker"
    attribute_map: ClassVar[dict[str, str]] = {
        "words": "text_dim",
        "images": "image_dim",
    }  # their names in models saved before November 2026

    text_dim: int = 384
    image_dim: int = 128
    width: int = 128
    depth: int = 2
    heads: int = 4
    dropout: float = 0.2


class Reranker(PreTrainedModel):
    """Cross-encoder: the words of the question, the words of the evidence and both images attend to each other.

    MonoBERT's design (https://arxiv.org/abs/1910.14424) on token states that a frozen text tower computed once, as in
    PreTTR (https://arxiv.org/abs/2004.14255); that it also reads the two images is ours. A linear path from the two
    cosines to the score lies beside the layers, so that an untrained re-ranker ranks by them.
    """

    config_class = RerankerConfig
    base_model_prefix = "reranker"
    main_input_name = "question"

    def __init__(self, config: RerankerConfig) -> None:
        super().__init__(config)
        self.words = nn.Linear(config.text_dim, config.width)
        self.images = nn.Linear(config.image_dim, config.width)
        self.parts = nn.Parameter(0.02 * torch.randn(6, config.width))  # score, question, evidence, images, product
        self.dropout = nn.Dropout(config.dropout)
        layer = nn.TransformerEncoderLayer(
            config.width, config.heads, 4 * config.width, config.dropout, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, config.depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.score = nn.Linear(config.width, 1)
        self.cosines = nn.Linear(2, 1)
        self.post_init()
        with torch.no_grad():
            self.score.weight.zero_()
            self.cosines.weight.fill_(1.0)

    def forward(
        self,
        question: Sequence[Float[Tensor, "n w"]],
        evidence: Sequence[Float[Tensor, "m w"]],
        question_images: Float[Tensor, "b d"],
        evidence_images: Float[Tensor, "b d"],
    ) -> Float[Tensor, " b"]:
        """Log-odds that the evidence holds for the question.

        Args:
            question: Token states of each question, from the text tower.
            evidence: Token states of each piece of evidence.
            question_images: Embeddings of the cases that the questions are about, unit rows.
            evidence_images: Embeddings of the cases that the evidence is about, unit rows.
        """
        question_states, question_mask = _padded(question)  # (b, n, w), (b, n)
        evidence_states, evidence_mask = _padded(evidence)  # (b, m, w), (b, m)
        pictures = torch.stack([question_images, evidence_images, question_images * evidence_images], dim=1)
        start = self.parts[0].expand(len(question), 1, -1)  # (b, 1, c)
        x = torch.cat(
            [
                start,
                self.images(pictures * self.config.image_dim**0.5) + self.parts[3:],  # (b, 3, c)
                self.words(self.dropout(question_states)) + self.parts[1],
                self.words(self.dropout(evidence_states)) + self.parts[2],
            ],
            dim=1,
        )  # (b, 4 + n + m, c)
        always = question_mask.new_ones(len(question), 4)
        mask = torch.cat([always, question_mask, evidence_mask], dim=1)
        x = self.layers(x, src_key_padding_mask=~mask)[:, 0]  # (b, c)
        wording = functional.cosine_similarity(
            _mean(question_states, question_mask), _mean(evidence_states, evidence_mask)
        )
        cosines = torch.stack([(question_images * evidence_images).sum(dim=1), wording], dim=1)  # (b, 2)
        return (self.score(self.norm(x)) + self.cosines(cosines))[:, 0]

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:
        """Weights as safetensors, settings as JSON."""
        with quiet():
            super().save_pretrained(save_directory, **options)

    @classmethod
    def from_pretrained(cls, directory: str | Path) -> Self:
        """The saved re-ranker, in eval mode.

        Raises:
            ModelError: its weights are damaged.
        """
        return load_saved(cls, directory)


def _padded(rows: Sequence[Float[Tensor, "n w"]]) -> tuple[Tensor, Tensor]:
    padded = nn.utils.rnn.pad_sequence(list(rows), batch_first=True)  # (b, n, w)
    lengths = torch.tensor([len(row) for row in rows], device=padded.device)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]


def _mean(words: Float[Tensor, "b n w"], mask: Tensor) -> Float[Tensor, "b w"]:
    return (words * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
