"""Start of the heads before training: mean and spread of their inputs, and their solution in closed form."""

import numpy as np
import torch
from torch import Tensor

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
    cases = [examples.cases[row] for row in chosen]
    images, present = inputs.of_images(cases)
    words = inputs.of_texts(texts)
    if isinstance(words, Tensor):
        space.standardise(
            {name: x.to(space.device) for name, x in images.items()},
            {name: mask.to(space.device) for name, mask in present.items()},
            words.to(space.device),
        )
        return
    parts = []
    for start in range(0, len(cases), _CHUNK):
        part = slice(start, start + _CHUNK)
        present_here = {name: mask[part].to(space.device) for name, mask in present.items()}
        parts.append(space.image_features({name: x[part].to(space.device) for name, x in images.items()}, present_here))
    seen = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    space.standardise(seen, {name: mask.to(space.device) for name, mask in present.items()}, space.text_features(words))


@torch.no_grad()
def solve_heads(space: JointSpace, examples: ImageTextPairs, features: Features) -> None:
    """Set the linear heads of `space` to the regularised CCA of training images and texts.

    Each case weighs the same, whatever its number of passages. The heads must know their mean and spread already.
    """
    chosen = np.random.default_rng(0).permutation(len(examples))[:_SAMPLE]
    images, _ = features.of_images([examples.cases[row] for row in chosen])
    branches = space.image.branches
    seen = {name: _standardised(space, name, images[name]) for name in branches}
    owned = [examples.texts[row] for row in chosen]
    number = {text: place for place, text in enumerate(dict.fromkeys(text for texts in owned for text in texts))}
    pairs = WeightedPairs(
        case=torch.tensor([case for case, texts in enumerate(owned) for _ in texts]),
        text=torch.tensor([number[text] for texts in owned for text in texts]),
        weight=torch.tensor([1 / len(texts) for texts in owned for _ in texts]),
    )
    maps, words = regularised_cca(seen, features.of_texts(list(number)), pairs, width=space.width)
    for name in branches:
        space.image.head(name).set_linear(maps[name].weight, maps[name].bias)
    folded = _of_standardised(words, mean=space.text_head.mean.cpu(), std=space.text_head.std.cpu())
    space.text_head.set_linear(folded.weight, folded.bias)


def _standardised(space: JointSpace, branch: str, x: Tensor) -> Tensor:
    head = space.image.head(branch)
    present = (x != 0).any(dim=-1, keepdim=True)  # a missing modality is all zeros, and stays so
    return torch.where(present, (x - head.mean.cpu()) / head.std.cpu(), 0.0)


def _of_standardised(raw: LinearMap, *, mean: Tensor, std: Tensor) -> LinearMap:
    """Map for standardised inputs that equals a map for raw ones: texts are solved for as the tower gives them."""
    return LinearMap(raw.weight * std, raw.bias + raw.weight @ mean)
