"""Words × patches: which word makes the model look where."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.interpret.subject import Cases, HiddenParts, MasksParts


@dataclass(frozen=True)
class WordMap:
    """How much each pair of a word and a patch matters to a score beyond what both matter apart.

    Args:
        words: Words of the text.
        grid: Sides of the patches.
        values: `(words, patches)`; positive where they need each other, negative where one does for both.
    """

    words: Sequence[str]
    grid: tuple[int, ...]
    values: Float[np.ndarray, "w p"]

    def strongest(self) -> tuple[str, tuple[int, ...], float]:
        """Word, place in the grid and value of the pair that is furthest from zero."""
        word, patch = divmod(int(np.abs(self.values).argmax()), self.values.shape[1])
        place = np.unravel_index(patch, self.grid)
        return self.words[word], tuple(int(side) for side in place), float(self.values[word, patch])


def word_map(subject: MasksParts, case: Cases[Any], *, most_words: int = 16) -> WordMap:
    """Second differences of the score: f(all) - f(without w) - f(without p) + f(without both).

    The interaction of two parts in the presence of all others (an interventional Shapley interaction of the largest
    coalition alone): one question for every pair, w * p + w + p + 1 in all.

    Args:
        subject: Model that can hide words and patches.
        case: A single case.
        most_words: Words that are looked at, the first ones.

    Raises:
        ValueError: more or fewer cases than one, or a case without words.
    """
    if len(case) != 1:
        raise ValueError(f"expected a single case, got {len(case)}; take one with cases.take([row])")
    words = subject.words(case)[:most_words]
    if not words:
        raise ValueError(f"expected a text with words, got none in {case.ids[0]}")
    patches = prod(subject.patch_grid)
    scores = subject.without_parts(case, _questions(len(words), patches)).reshape(len(words) + 1, patches + 1)
    values = scores[:1, :1] - scores[1:, :1] - scores[:1, 1:] + scores[1:, 1:]
    return WordMap(words, subject.patch_grid, values)


def _questions(words: int, patches: int) -> list[HiddenParts]:
    """Every word or none with every patch or none hidden."""
    some_words = [frozenset[int](), *(frozenset({word}) for word in range(words))]
    some_patches = [frozenset[int](), *(frozenset({patch}) for patch in range(patches))]
    return [HiddenParts(word, patch) for word in some_words for patch in some_patches]
