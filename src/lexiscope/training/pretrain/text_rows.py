"""`TextRows`: the rows of masked language modelling: texts with some of their word pieces hidden."""

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

    Of the pieces to predict, 8 in 10 are replaced by the mask, 1 in 10 by any piece, and 1 in 10 stay
    (https://arxiv.org/abs/1810.04805). Every text has at least one.

    Args:
        ids: Word pieces of each text, with its frame.
        special: Pieces that are never hidden, such as the frame.
        mask_id: The piece that hides another.
        padding: The piece that fills up.
        vocabulary: Number of pieces.
        share: Share of the pieces that are to predict.
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

    def names(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> list[str]:  # noqa: ARG002 - the same in all
        """Numbers of the texts of rows: a text may belong to many cases."""
        return [f"text {row}" for row in rows]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """Pieces as the tower sees them, where there is text, and what was hidden (-100 where nothing is)."""
        longest = max(len(self.ids[row]) for row in rows)
        shape = (len(rows), longest)
        seen, target = np.full(shape, self.padding, dtype=np.int64), np.full(shape, _IGNORED, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for number, row in enumerate(rows):
            pieces = np.array(self.ids[row], dtype=np.int64)
            hidden, targets = self._hide(pieces, np.random.default_rng((self.seed, epoch, int(row))))
            seen[number, : len(pieces)], mask[number, : len(pieces)] = hidden, 1
            target[number, : len(pieces)][targets] = pieces[targets]
        return {"ids": torch.from_numpy(seen), "mask": torch.from_numpy(mask), "target": torch.from_numpy(target)}

    def _hide(self, pieces: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        open_places = np.flatnonzero(~np.isin(pieces, list(self.special)))
        targets = np.zeros(len(pieces), dtype=bool)
        if len(open_places):
            count = max(1, round(self.share * len(open_places)))
            targets[rng.permutation(open_places)[:count]] = True
        draw = rng.random(len(pieces))
        random_piece = rng.integers(0, self.vocabulary, len(pieces))
        hidden = np.where(targets & (draw < 0.8), self.mask_id, pieces)
        return np.where(targets & (draw >= 0.8) & (draw < 0.9), random_piece, hidden), targets
