"""`JointSpace`: images and texts as unit vectors in one space."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Self

import torch
from jaxtyping import Float
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel

from lexiscope.core.errors import ModelError
from lexiscope.models.encoder import Encoder, EncoderConfig
from lexiscope.models.head import Head, unit_members
from lexiscope.models.loading import quiet
from lexiscope.models.network_settings import declared_settings
from lexiscope.models.saved import load_saved
from lexiscope.models.text import TextConfig, TextTower, load_tokenizer, save_tokenizer

MAX_LOGIT_SCALE = math.log(100.0)  # CLIP's bound (https://arxiv.org/abs/2103.00020)


class JointSpaceConfig(PreTrainedConfig):
    """Settings that rebuild a `JointSpace`.

    Args:
        encoder: Settings of `EncoderConfig`.
        text: Settings of `TextConfig`.
        text_head: Settings of `Head` for texts, less its inputs; `width` and `members` are the image head's.
        temperature: Number that similarities are divided by at the start of training.
        weights: Origins of the towers' weights (`WeightsSource.to_dict()`), for the model card.
    """

    model_type = "lexiscope-joint-space"

    encoder: dict[str, Any] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=dict)
    text_head: dict[str, Any] = field(default_factory=dict)
    temperature: float = 0.07
    weights: list[dict[str, str]] = field(default_factory=list)


class JointSpace(PreTrainedModel):
    """An image encoder and a text tower with a head each; a dot product of two embeddings is their cosine.

    `image_features` and `text_features` are what comes before the heads: constant while the towers are frozen, so they
    are computed once; `project_images` and `project_texts` are the rest. `embed_...` does both.

    Attributes:
        logit_scale: Logarithm of one over the temperature, learned, held below ln 100 by `scale`.
        logit_bias: Added to the scaled similarities by the SigLIP loss (https://arxiv.org/abs/2303.15343).
    """

    config_class = JointSpaceConfig
    base_model_prefix = "joint"
    main_input_name = "images"

    def __init__(self, config: JointSpaceConfig, tokenizer: Tokenizer | None = None) -> None:
        super().__init__(config)
        self.image = Encoder(EncoderConfig(**declared_settings(EncoderConfig, config.encoder)))
        self.text = TextTower(TextConfig(**declared_settings(TextConfig, config.text)), tokenizer)
        head = self.image.config.head
        self.members: int = head.get("members", 1)
        self.width: int = head["width"] * self.members
        self.text_head = Head(self.text.width, head["width"], members=self.members, **config.text_head)
        self.logit_scale = nn.Parameter(torch.tensor(-math.log(config.temperature)))
        self.logit_bias = nn.Parameter(torch.tensor(-10.0))
        self.post_init()

    def image_features(
        self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> dict[str, Float[Tensor, "b f"]]:
        """Readout of each branch (see `Encoder.branches`); zeros where a modality is missing."""
        return self.image.features(images, present)

    def text_features(self, texts: Sequence[str]) -> Float[Tensor, "n f"]:
        """Vector of each text by the text tower."""
        return self.text.encode(texts)

    def project_images(self, features: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Float[Tensor, "b d"]:
        """Unit vectors of cases from their image features."""
        return unit_members(self.image.fuse(features, present), self.members)

    def project_texts(self, features: Float[Tensor, "n f"]) -> Float[Tensor, "n d"]:
        """Unit vectors of texts from their text features."""
        return unit_members(self.text_head(features), self.members)

    def embed_images(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Float[Tensor, "b d"]:
        """Unit vectors of cases."""
        return self.project_images(self.image_features(images, present), present)

    def embed_texts(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """Unit vectors of texts."""
        return self.project_texts(self.text_features(texts))

    def forward(
        self, images: Mapping[str, Tensor], present: Mapping[str, Tensor], texts: Sequence[str]
    ) -> tuple[Float[Tensor, "b d"], Float[Tensor, "n d"]]:
        """Unit vectors of cases and of texts."""
        return self.embed_images(images, present), self.embed_texts(texts)

    @property
    def scale(self) -> Float[Tensor, ""]:
        """Inverse temperature, at most 100."""
        return self.logit_scale.clamp(max=MAX_LOGIT_SCALE).exp()

    def split_members(self, embeddings: Float[Tensor, "n d"]) -> Float[Tensor, "m n w"]:
        """Unit vectors of each member: members are trained apart and compared together."""
        return embeddings.unflatten(-1, (self.members, -1)).movedim(1, 0) * self.members**0.5

    @torch.no_grad()
    def standardise(
        self, image_features: Mapping[str, Tensor], present: Mapping[str, Tensor], text_features: Float[Tensor, "n f"]
    ) -> None:
        """Fix the heads' mean and standard deviation from training features; missing modalities do not count."""
        for branch, features in image_features.items():
            mask = present.get(branch, torch.ones(len(features), dtype=torch.bool, device=features.device))
            if bool(mask.any()):
                self.image.head(branch).standardise(features[mask])
        self.text_head.standardise(text_features)

    def freeze_towers(self) -> None:
        """Leave only heads, temperature and bias to train."""
        self.image.towers.requires_grad_(False)
        self.text.requires_grad_(False)

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:
        """Weights as safetensors, settings and tokenizer as JSON; everything that loading needs."""
        with quiet():
            super().save_pretrained(save_directory, **options)
        save_tokenizer(self.text.tokenizer, Path(save_directory))

    @classmethod
    def from_pretrained(cls, directory: str | Path) -> Self:
        """The saved joint space with its tokenizer, in eval mode.

        Raises:
            ModelError: there is none at `directory`, or its weights are damaged.
        """
        if not (Path(directory) / "config.json").is_file():
            raise ModelError(
                f"expected a saved joint space (config.json, model.safetensors) at {directory}, found none"
            )
        space = load_saved(cls, directory)
        space.text.tokenizer = load_tokenizer(Path(directory), max_tokens=space.text.config.max_tokens)
        return space
