"""`cider_d`: CIDEr-D, likeness to references in word groups that are weighted by how rare they are.

Vedantam, Zitnick and Parikh, 2015 (https://arxiv.org/abs/1411.5726), section 3 and the changes of its section 7: with
g_n(s) the counts of the groups of n words in s, each times log(items / items whose references hold the group),

    CIDEr-D_n(c, r) = 10 exp(-(l(c) - l(r))^2 / (2 * 6^2)) * min(g_n(c), g_n(r)) . g_n(r) / (|g_n(c)| |g_n(r)|)

and the score is its mean over n = 1 to 4 and over the references. As in the authors' code, l counts pairs of words.
`bench/cider.py` compares it with that code.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
from jaxtyping import Float

_LONGEST = 4  # words of a group
_SIGMA = 6.0  # of the penalty on length, in words
_Counts = Counter[tuple[str, ...]]


def cider_d(
    captions: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]
) -> Float[np.ndarray, " n"]:
    """Score of each caption, 0 to 10; how rare a group is, is counted over the references given.

    Args:
        captions: Words of a caption, one an item.
        references: Words of each reference of an item, at least one.

    Example:
        >>> words = ["a red disc on black".split(), "two blue squares touch".split()]
        >>> cider_d(words, [[words[0]], [words[1]]]).round(6).tolist()
        [10.0, 10.0]
    """
    true = [[_groups(words) for words in item] for item in references]
    holding = Counter(chain.from_iterable(set(chain.from_iterable(item)) for item in true))

    def rarity(group: tuple[str, ...]) -> float:
        return math.log(len(true)) - math.log(max(1, holding[group]))

    return np.array(
        [
            10 * np.mean([_likeness(_groups(words), reference, rarity) for reference in item])
            for words, item in zip(captions, true, strict=True)
        ]
    )


def _groups(words: Sequence[str]) -> _Counts:
    sizes = range(1, _LONGEST + 1)
    return Counter(tuple(words[start : start + n]) for n in sizes for start in range(len(words) - n + 1))


def _likeness(given: _Counts, true: _Counts, rarity: Callable[[tuple[str, ...]], float]) -> float:
    """CIDEr-D of a caption and one reference without the factor 10: the mean over the sizes of groups."""
    apart = _pairs(given) - _pairs(true)
    penalty = math.exp(-(apart**2) / (2 * _SIGMA**2))
    return penalty * sum(_overlap(given, true, n, rarity) for n in range(1, _LONGEST + 1)) / _LONGEST


def _pairs(groups: _Counts) -> int:
    return sum(count for group, count in groups.items() if len(group) == 2)


def _overlap(given: _Counts, true: _Counts, n: int, rarity: Callable[[tuple[str, ...]], float]) -> float:
    """Cosine of two texts in groups of n words; what a caption says more often than its reference counts no more."""
    a, b = ({group: c * rarity(group) for group, c in text.items() if len(group) == n} for text in (given, true))
    norm = math.hypot(*a.values()) * math.hypot(*b.values())
    return sum(min(weight, b[group]) * b[group] for group, weight in a.items() if group in b) / norm if norm else 0.0
