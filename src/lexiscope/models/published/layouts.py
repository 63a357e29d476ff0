"""Layouts of published image-text models: a function for each kind, from its checkpoint to a `PublishedSpace`."""

from typing import Any

import torch

from lexiscope.models.hub_layout import load_hub_layout
from lexiscope.models.published.preparation import ImagePreparation
from lexiscope.models.published.space import ImageHalf, Projection, PublishedSpace, TextHalf
from lexiscope.models.published.words import framed_words, padded_words
from lexiscope.models.weights import WeightsSource


def read_clip(source: WeightsSource) -> PublishedSpace:
    """CLIP (https://arxiv.org/abs/2103.00020), or any two towers of transformers with projections of its kind.

    Both halves pool by themselves and are projected without bias.

    Raises:
        WeightsError: the checkpoint is damaged or lacks a file.
        ModelError: no tokenizer lies beside it.
    """
    model, longest = _read(source)
    tokenizer = framed_words(source.path, max_tokens=longest)
    text = TextHalf(model.text_model, model.text_projection.weight.data, tokenizer, longest)
    return _space(source, model, model.visual_projection.weight.data, text)


def read_siglip(source: WeightsSource) -> PublishedSpace:
    """SigLIP (https://arxiv.org/abs/2303.15343), and SigLIP 2 and MedSigLIP of fixed size, which share its layout.

    Texts are filled up to the longest one, and the last of these tokens is the text's vector. Neither half is projected
    behind its pooling, so the projections are the identity.

    Raises:
        WeightsError: the checkpoint is damaged or lacks a file.
        ModelError: no tokenizer lies beside it.
    """
    model, longest = _read(source)
    words = padded_words(source.path, max_tokens=longest)
    identity = torch.eye(model.config.vision_config.hidden_size)
    text = TextHalf(model.text_model, identity, words.tokenizer, longest, padded=True, pad_token=words.pad_token)
    return _space(source, model, identity, text, logit_bias=model.logit_bias.item(), objective="siglip")


def _read(source: WeightsSource) -> tuple[Any, int]:
    """The model, and the most tokens that its text half reads."""
    from transformers import AutoModel

    model = load_hub_layout(AutoModel, source.path, what=f"the image-text model {source.name!r}")
    return model, model.config.text_config.max_position_embeddings


def _space(source: WeightsSource, model: Any, projection: Projection, text: TextHalf, **loss: Any) -> PublishedSpace:
    image = ImageHalf(model.vision_model, projection, ImagePreparation.read(source.path))
    return PublishedSpace(source, image, text, logit_scale=model.logit_scale.item(), **loss)
