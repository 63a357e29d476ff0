"""Layouts of published image-text models: a function for each kind, from its checkpoint to a `PublishedSpace`."""

from typing import Any

import torch

from lexiscope.models.hub_layout import load_hub_layout
from lexiscope.models.published.preparation import ImagePreparation
from lexiscope.models.published.space import ImageHalf, PublishedSpace, TextHalf
from lexiscope.models.published.words import framed_words, padded_words
from lexiscope.models.weights import WeightsSource


def read_clip(source: WeightsSource) -> PublishedSpace:
    """CLIP (https://arxiv.org/abs/2103.00020), or any two towers of transformers with projections of its kind.

    Both halves pool by themselves and are projected without bias.

    Raises:
        WeightsError: the checkpoint is damaged or lacks a file.
        ModelError: no tokenizer lies beside it.
    """
    model = _whole(source)
    longest = model.config.text_config.max_position_embeddings
    tokenizer = framed_words(source.path, max_tokens=longest)
    return PublishedSpace(
        source,
        ImageHalf(model.vision_model, model.visual_projection.weight.data, ImagePreparation.read(source.path)),
        TextHalf(model.text_model, model.text_projection.weight.data, tokenizer, longest),
        logit_scale=model.logit_scale.item(),
    )


def read_siglip(source: WeightsSource) -> PublishedSpace:
    """SigLIP (https://arxiv.org/abs/2303.15343), and SigLIP 2 and MedSigLIP of fixed size, which share its layout.

    Texts are filled up to the longest one, and the last of these tokens is the text's vector. Neither half is projected
    behind its pooling, so the projections are the identity.

    Raises:
        WeightsError: the checkpoint is damaged or lacks a file.
        ModelError: no tokenizer lies beside it.
    """
    model = _whole(source)
    longest = model.config.text_config.max_position_embeddings
    words = padded_words(source.path, max_tokens=longest)
    identity = torch.eye(model.config.vision_config.hidden_size)
    return PublishedSpace(
        source,
        ImageHalf(model.vision_model, identity, ImagePreparation.read(source.path)),
        TextHalf(model.text_model, identity, words.tokenizer, longest, padded=True, pad_token=words.pad_token),
        logit_scale=model.logit_scale.item(),
        logit_bias=model.logit_bias.item(),
        objective="siglip",
    )


def _whole(source: WeightsSource) -> Any:
    from transformers import AutoModel

    return load_hub_layout(AutoModel, source.path, what=f"the image-text model {source.name!r}")
