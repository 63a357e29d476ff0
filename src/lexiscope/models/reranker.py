"""`Reranker`: does what was said about one case hold for a question about another?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from jaxtyping import Float
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedConfig, PreTrainedModel

from lexiscope.core.errors import ModelError
from lexiscope.models.loading import own_memory, quiet


class RerankerConfig(PreTrainedConfig):
    """What rebuilds a `Reranker`.

    Args:
        words: Length of the text tower's vector of a word piece.
        images: Length of an embedding in the joint space.
        width: Channels inside; a multiple of `heads`.
        depth: Layers.
        dropout: Inside the layers and of the words that come in.
    """

    model_type = "lexiscope-reranker"

    words: int = 384
    images: int = 128
    width: int = 128
    depth: int = 2
    heads: int = 4
    dropout: float = 0.2


class Reranker(PreTrainedModel):
    """A cross-encoder: the words of the question, the words of the evidence and both images attend to each other.

    Monobert's design (https://arxiv.org/abs/1910.14424) on word vectors that a frozen text tower computed once, as in
    PreTTR (https://arxiv.org/abs/2004.14255); that it also reads the two images is ours. Beside the layers a straight
    line from the two cosines leads to the score, so that an untrained one ranks by them.
    """

    config_class = RerankerConfig
    base_model_prefix = "reranker"
    main_input_name = "asked"

    def __init__(self, config: RerankerConfig) -> None:
        super().__init__(config)
        self.words = nn.Linear(config.words, config.width)
        self.images = nn.Linear(config.images, config.width)
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
        asked: Sequence[Float[Tensor, "n w"]],
        said: Sequence[Float[Tensor, "m w"]],
        asked_images: Float[Tensor, "b d"],
        said_images: Float[Tensor, "b d"],
    ) -> Float[Tensor, " b"]:
        """Log-odds that the evidence holds for the question.

        Args:
            asked: The words of each question, as the text tower sees them.
            said: The words of each piece of evidence, likewise.
            asked_images: Embeddings of the cases that are asked about, unit rows.
            said_images: Embeddings of the cases that the evidence is about, unit rows.
        """
        question, question_mask = _padded(asked)  # (b, n, w), (b, n)
        evidence, evidence_mask = _padded(said)  # (b, m, w), (b, m)
        pictures = torch.stack([asked_images, said_images, asked_images * said_images], dim=1)  # (b, 3, d)
        start = self.parts[0].expand(len(asked), 1, -1)  # (b, 1, c)
        x = torch.cat(
            [
                start,
                self.images(pictures * self.config.images**0.5) + self.parts[3:],
                self.words(self.dropout(question)) + self.parts[1],
                self.words(self.dropout(evidence)) + self.parts[2],
            ],
            dim=1,
        )  # (b, 4 + n + m, c)
        always = question_mask.new_ones(len(asked), 4)
        mask = torch.cat([always, question_mask, evidence_mask], dim=1)
        x = self.layers(x, src_key_padding_mask=~mask)[:, 0]  # (b, c)
        wording = functional.cosine_similarity(_mean(question, question_mask), _mean(evidence, evidence_mask))
        straight = torch.stack([(asked_images * said_images).sum(dim=1), wording], dim=1)  # (b, 2)
        return (self.score(self.norm(x)) + self.cosines(straight))[:, 0]

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:
        """Weights as safetensors, settings as JSON."""
        with quiet():
            super().save_pretrained(save_directory, **options)

    @classmethod
    def from_pretrained(cls, directory: str | Path, **options: Any) -> Self:
        """The saved re-ranker, in eval mode.

        Raises:
            ModelError: its weights are damaged.
        """
        try:
            with quiet():
                made = super().from_pretrained(directory, local_files_only=True, use_safetensors=True, **options)
        except (SafetensorError, OSError) as error:
            raise ModelError(f"the re-ranker in {directory} is damaged ({error}); train or copy it again") from error
        own_memory(made)
        return made.eval()


def _padded(rows: Sequence[Float[Tensor, "n w"]]) -> tuple[Tensor, Tensor]:
    padded = nn.utils.rnn.pad_sequence(list(rows), batch_first=True)  # (b, n, w)
    lengths = torch.tensor([len(row) for row in rows], device=padded.device)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]


def _mean(words: Float[Tensor, "b n w"], mask: Tensor) -> Float[Tensor, "b w"]:
    return (words * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
