"""Where the heads start when towers stay as they are: solved in closed form from the training pairs."""

import numpy as np
import torch

from lexiscope.features.towers import Features
from lexiscope.models.joint import JointSpace
from lexiscope.training.align.cca import LinearMap, WeightedPairs, regularised_cca
from lexiscope.training.align.pairs import ImageTextPairs

_SAMPLE = 8192  # cases; beyond it contrastive training learns more than a better start would give


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


def _standardised(space: JointSpace, branch: str, x: torch.Tensor) -> torch.Tensor:
    head = space.image.head(branch)
    there = (x != 0).any(dim=-1, keepdim=True)  # a missing modality is all zeros, and stays so
    return torch.where(there, (x - head.mean.cpu()) / head.std.cpu(), 0.0)


def _of_standardised(raw: LinearMap, *, mean: torch.Tensor, std: torch.Tensor) -> LinearMap:
    """The same map for inputs that are standardised first: texts are solved for as the tower gives them."""
    return LinearMap(raw.weight * std, raw.bias + raw.weight @ mean)
