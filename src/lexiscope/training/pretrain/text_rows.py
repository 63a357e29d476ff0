"""The rows that masked language modelling goes over: texts with some of their word pieces hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

_IGNORED = -100


@dataclass(frozen=True)
class TextRows:
    """Texts as word pieces, hidden anew each epoch.

    Of the pieces that are asked for, 8 in 10 are replaced by the mask, 1 in 10 by any piece, and 1 in 10 stay
    (https://arxiv.org/abs/1810.04805). Every text has at least one asked for.

    Args:
        ids: Word pieces of each text, with its frame.
        special: Pieces that are never asked for, such as the frame.
        mask_id: The piece that hides another.
        padding: The piece that fills up.
        vocabulary: Number of pieces.
        share: Of the pieces, how many are asked for.
    """

    ids: Sequence[Sequence[int]]
    special: frozenset[int]
    mask_id: int
    padding: int
    vocabulary: int
    seed: int
    share: float = 0.15

    def __len__(self) -> int:
        return len(self.ids)

    def names(self, rows: Int64[np.ndarray, " b"]) -> list[str]:
        """Which texts these are, by number: a text may belong to many cases."""
        return [f"text {row}" for row in rows]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """Pieces as the tower sees them, where there is text, and what was hidden (-100 where nothing is asked)."""
        longest = max(len(self.ids[row]) for row in rows)
        shape = (len(rows), longest)
        seen, target = np.full(shape, self.padding, dtype=np.int64), np.full(shape, _IGNORED, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for place, row in enumerate(rows):
            pieces = np.array(self.ids[row], dtype=np.int64)
            hidden, asked = self._hide(pieces, np.random.default_rng((self.seed, epoch, int(row))))
            seen[place, : len(pieces)], mask[place, : len(pieces)] = hidden, 1
            target[place, : len(pieces)][asked] = pieces[asked]
        return {"ids": torch.from_numpy(seen), "mask": torch.from_numpy(mask), "target": torch.from_numpy(target)}

    def _hide(self, pieces: np.ndarray, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        open_places = np.flatnonzero(~np.isin(pieces, list(self.special)))
        asked = np.zeros(len(pieces), dtype=bool)
        if len(open_places):
            count = max(1, round(self.share * len(open_places)))
            asked[chance.permutation(open_places)[:count]] = True
        draw = chance.random(len(pieces))
        random_piece = chance.integers(0, self.vocabulary, len(pieces))
        hidden = np.where(asked & (draw < 0.8), self.mask_id, pieces)
        return np.where(asked & (draw >= 0.8) & (draw < 0.9), random_piece, hidden), asked
