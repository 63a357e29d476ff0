"""Words × patches: which word makes the model look where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from lexiscope.interpret.subject import Cases, HiddenParts, MasksParts, ShowsImages


@dataclass(frozen=True)
class WordMap:
    """How much each pair of a word and a patch matters to a score beyond what both matter apart.

    Args:
        words: Words of the text.
        grid: Sides of the patches.
        values: `(words, patches)`; positive where they need each other, negative where one does for both.
        score: What the values are of, in words.
        images: Modality -> the case's image as it enters the model; empty where the model shows none.
    """

    words: Sequence[str]
    grid: tuple[int, ...]
    values: Float[np.ndarray, "w p"]
    score: str
    images: Mapping[str, Float[Tensor, "c ..."]] = field(default_factory=dict)

    def strongest(self) -> tuple[str, tuple[int, ...], float]:
        """Word, place in the grid and value of the pair that is furthest from zero."""
        word, patch = divmod(int(np.abs(self.values).argmax()), self.values.shape[1])
        place = np.unravel_index(patch, self.grid)
        return self.words[word], tuple(int(side) for side in place), float(self.values[word, patch])


def word_map(subject: MasksParts, case: Cases[Any], *, most_words: int = 16) -> WordMap:
    """Second differences of the score: f(all) - f(without w) - f(without p) + f(without both).

    Of a long text, the words are taken that change the score most when they alone are hidden.

    The interaction of two parts in the presence of all others (an interventional Shapley interaction of the largest
    coalition alone): one question for every pair, w * p + w + p + 1 in all.

    Args:
        subject: Model that can hide words and patches.
        case: A single case.
        most_words: Words that are looked at.

    Raises:
        ValueError: more or fewer cases than one, or a case without words.
    """
    if len(case) != 1:
        raise ValueError(f"expected a single case, got {len(case)}; take one with cases.take([row])")
    words = subject.words(case)
    if not words:
        raise ValueError(f"expected a text with words, got none in {case.ids[0]}")
    taken = _that_matter(subject, case, len(words), most_words)
    patches = prod(subject.patch_grid)
    scores = subject.without_parts(case, _questions(taken, patches)).reshape(len(taken) + 1, patches + 1)
    values = scores[:1, :1] - scores[1:, :1] - scores[:1, 1:] + scores[1:, 1:]
    return WordMap(
        [words[word] for word in taken], subject.patch_grid, values, subject.parts_score, _images(subject, case)
    )


def _images(subject: Any, case: Cases[Any]) -> dict[str, Float[Tensor, "c ..."]]:
    """Images that the case has."""
    if not isinstance(subject, ShowsImages):
        return {}
    return {name: x[0] for name, x in subject.images(case).items() if case.present[name][0]}


def _that_matter(subject: MasksParts, case: Cases[Any], words: int, most: int) -> list[int]:
    """Places of the words whose absence changes the score most, in the order of the text."""
    if words <= most:
        return list(range(words))
    whole, *without = subject.without_parts(case, _questions(range(words), 0)).tolist()
    changes = [-abs(whole - one) for one in without]
    return sorted(np.argsort(changes, kind="stable")[:most].tolist())


def _questions(words: Sequence[int], patches: int) -> list[HiddenParts]:
    """Every word or none with every patch or none hidden."""
    some_words = [frozenset[int](), *(frozenset({word}) for word in words)]
    some_patches = [frozenset[int](), *(frozenset({patch}) for patch in range(patches))]
    return [HiddenParts(word, patch) for word in some_words for patch in some_patches]
