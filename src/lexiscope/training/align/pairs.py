"""`ImageTextPairs`: the cases that pair an image with words, and integer keys for who is alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from lexiscope.core.case import Case
from lexiscope.core.files import sha256_json
from lexiscope.core.passage import Passage


@dataclass(frozen=True)
class ImageTextPairs:
    """Cases with an image that the views read and at least one passage that was asked for.

    Args:
        cases: The cases.
        texts: The passages of each, as words; its turns where it has no passage at all.
        groups: A number for each case's group.
    """

    cases: tuple[Case, ...]
    texts: tuple[tuple[str, ...], ...]
    groups: Int64[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.cases)

    def all_texts(self) -> list[str]:
        """Every passage once, in the order of first appearance."""
        return list(dict.fromkeys(text for texts in self.texts for text in texts))

    def drawn(self, *, seed: int, epoch: int) -> Int64[np.ndarray, " n"]:
        """One passage for each case, drawn from seed and epoch alone."""
        chance = np.random.default_rng((seed, epoch, 1)).random(len(self))
        return (chance * [len(texts) for texts in self.texts]).astype(np.int64)


def find_pairs(cases: Iterable[Case], *, modalities: Sequence[str], columns: Sequence[str] | None) -> ImageTextPairs:
    """The cases that can be learned from.

    Args:
        modalities: An image of any of these counts.
        columns: Passages from these source columns, or of these kinds; all when None.
    """
    kept, texts = [], []
    for case in cases:
        words = tuple(dict.fromkeys(_words(case, columns)))
        if words and any(modality in case.images for modality in modalities):
            kept.append(case)
            texts.append(words)
    numbers = {group: number for number, group in enumerate(dict.fromkeys(case.group for case in kept))}
    return ImageTextPairs(tuple(kept), tuple(texts), np.array([numbers[case.group] for case in kept], dtype=np.int64))


def text_key(text: str) -> int:
    """A number that stands for the words, the same on every process; it fits 63 bits."""
    return int(sha256_json(text)[:15], 16)


def _words(case: Case, columns: Sequence[str] | None) -> Iterator[str]:
    if case.texts or columns is not None:
        return (passage.text for passage in case.texts if _asked(passage, columns))
    return (turn.statement for turn in case.turns)


def _asked(passage: Passage, columns: Sequence[str] | None) -> bool:
    return columns is None or passage.source in columns or passage.kind in columns
