"""Start of the heads before training: mean and spread of their inputs, and their solution in closed form."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lexiscope.features.processes import to_device
from lexiscope.features.towers import Features
from lexiscope.models.joint import JointSpace
from lexiscope.training.align.cca import LinearMap, WeightedPairs, regularised_cca
from lexiscope.training.align.data import ImageTextPairs
from lexiscope.training.align.rows import Pixels

_SAMPLE = 8192  # cases; a mean needs no more, memory must not grow with the corpus, and beyond it training learns more
_SAMPLE_OF_PIXELS = 256  # cases, where each costs a forward pass
_CHUNK = 16


@torch.no_grad()
def standardise_heads(space: JointSpace, examples: ImageTextPairs, inputs: Features | Pixels) -> None:
    """Give the heads the mean and spread of their inputs, from a sample of the training cases."""
    space.eval()
    sample = _SAMPLE if isinstance(inputs, Features) else _SAMPLE_OF_PIXELS
    chosen = np.random.default_rng(0).permutation(len(examples))[:sample]
    texts = [text for row in chosen for text in examples.texts[row]][:sample]
    images, present = inputs.of_images([examples.cases[row] for row in chosen])
    words = inputs.of_texts(texts)
    if isinstance(words, Tensor):
        features, spoken = to_device((images, words), space.device)
    else:
        features, spoken = _features_of(space, images, present), space.text_features(words)
    space.standardise(features, to_device(present, space.device), spoken)


def _features_of(space: JointSpace, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Features of pixels, a chunk at a time."""
    parts = []
    for start in range(0, len(next(iter(present.values()))), _CHUNK):
        here = ({name: x[start : start + _CHUNK] for name, x in given.items()} for given in (images, present))
        parts.append(space.image_features(*to_device(tuple(here), space.device)))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


@torch.no_grad()
def solve_heads(space: JointSpace, examples: ImageTextPairs, features: Features) -> None:
    """Set the linear heads of `space` to the regularised CCA of training images and texts.

    Each case weighs the same, whatever its number of passages. The heads must know their mean and spread already.
    """
    chosen = np.random.default_rng(0).permutation(len(examples))[:_SAMPLE]
    images, _ = features.of_images([examples.cases[row] for row in chosen])
    branches = space.image.branches
    seen = {name: standardised(space, name, images[name]) for name in branches}
    texts, pairs = _pairs([examples.texts[row] for row in chosen])
    maps, words = regularised_cca(seen, features.of_texts(texts), pairs, width=space.width)
    for name in branches:
        space.image.head(name).set_linear(maps[name].weight, maps[name].bias)
    folded = _of_standardised(words, mean=space.text_head.mean.cpu(), std=space.text_head.std.cpu())
    space.text_head.set_linear(folded.weight, folded.bias)


def _pairs(owned: Sequence[Sequence[str]]) -> tuple[list[str], WeightedPairs]:
    """Different texts of cases, and each case beside each of its texts; a case weighs the same however many it has."""
    number = {text: place for place, text in enumerate(dict.fromkeys(text for texts in owned for text in texts))}
    pairs = WeightedPairs(
        case=torch.tensor([case for case, texts in enumerate(owned) for _ in texts]),
        text=torch.tensor([number[text] for texts in owned for text in texts]),
        weight=torch.tensor([1 / len(texts) for texts in owned for _ in texts]),
    )
    return list(number), pairs


def standardised(space: JointSpace, branch: str, features: Float[Tensor, "b f"]) -> Float[Tensor, "b f"]:
    """Features of a branch, less the mean of training and over its spread; zeros, which say nothing, where missing."""
    head, features = space.image.head(branch), features.cpu()
    present = (features != 0).any(dim=-1, keepdim=True)
    return torch.where(present, (features - head.mean.cpu()) / head.std.cpu(), 0.0)


def _of_standardised(raw: LinearMap, *, mean: Tensor, std: Tensor) -> LinearMap:
    """Map for standardised inputs that equals a map for raw ones: texts are solved for as the tower gives them."""
    return LinearMap(raw.weight * std, raw.bias + raw.weight @ mean)
