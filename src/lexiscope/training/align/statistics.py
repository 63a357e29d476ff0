"""What the heads are told about their inputs before training: mean and spread."""

import numpy as np
import torch
from torch import Tensor

from lexiscope.features.towers import Features
from lexiscope.models.joint import JointSpace
from lexiscope.training.align.pairs import ImageTextPairs
from lexiscope.training.align.rows import Pixels

_SAMPLE = 8192  # cases; a mean needs no more, and memory must not grow with the corpus
_SAMPLE_OF_PIXELS = 256  # the same where each costs a forward pass
_CHUNK = 16


@torch.no_grad()
def standardise_heads(space: JointSpace, examples: ImageTextPairs, inputs: Features | Pixels) -> None:
    """Give the heads the mean and spread of what they will see, from a sample of the training cases."""
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
            {name: there.to(space.device) for name, there in present.items()},
            words.to(space.device),
        )
        return
    parts = []
    for start in range(0, len(cases), _CHUNK):
        part = slice(start, start + _CHUNK)
        there = {name: mask[part].to(space.device) for name, mask in present.items()}
        parts.append(space.image_features({name: x[part].to(space.device) for name, x in images.items()}, there))
    seen = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    space.standardise(seen, {name: mask.to(space.device) for name, mask in present.items()}, space.text_features(words))
