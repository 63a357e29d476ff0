"""Words and patches of one case hidden: `without_words`, `without_patches`."""

from collections.abc import Collection, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from lexiscope.views import ImageBatch


def words_of(text: str) -> tuple[str, ...]:
    """Words of a text, which can be hidden one by one.

    Example:
        >>> words_of("A bright spot.")
        ('A', 'bright', 'spot.')
    """
    return tuple(text.split())


def without_words(text: str, hidden: Collection[int]) -> str:
    """A text without some of its words.

    Example:
        >>> without_words("A bright spot.", {1})
        'A spot.'
    """
    return " ".join(word for place, word in enumerate(words_of(text)) if place not in hidden)


def without_patches(batch: ImageBatch, hidden: Sequence[Collection[int]], grid: tuple[int, int]) -> ImageBatch:
    """One case as many times as there are sets of patches, each with those patches as zeros, its mean, in every image.

    Args:
        batch: Images of a single case; of volumes and slices, a patch goes through all of them.
        hidden: Sets of places in a grid of patches over (y, x), the last axis fastest.
        grid: Patches along (y, x).
    """
    images = {name: _hidden(x, hidden, grid) for name, x in batch.images.items()}
    return ImageBatch(images, {name: mask.expand(len(hidden)) for name, mask in batch.present.items()})


def _hidden(
    x: Float[Tensor, "1 ..."], hidden: Sequence[Collection[int]], grid: tuple[int, int]
) -> Float[Tensor, "h ..."]:
    made = x.expand(len(hidden), *x.shape[1:]).clone()
    edges = [torch.linspace(0, side, n + 1).round().int().tolist() for side, n in zip(x.shape[-2:], grid, strict=True)]
    for row, patches in enumerate(hidden):
        for patch in patches:
            y, x_place = divmod(patch, grid[1])
            rows, columns = slice(*edges[0][y : y + 2]), slice(*edges[1][x_place : x_place + 2])
            made[row, ..., rows, columns] = 0
    return made
