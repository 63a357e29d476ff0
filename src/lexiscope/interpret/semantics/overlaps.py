"""`Overlaps`: IoU of every unit with every concept, from sums over blocks of groups."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float


class Overlaps:
    """Sums of what units and concepts cover, alone and together, for Network Dissection's IoU.

    A unit covers the places where it responds, a concept its share of each place: with maps stretched over the image
    by nearest neighbours, this is the area that they share, exactly. Cases in which nobody looked for a concept count
    for neither side of it, as in Network Dissection (https://arxiv.org/abs/1704.05796).

    Args:
        units: Number of units.
        blocks: Number of blocks of groups.
    """

    def __init__(self, units: int, blocks: int) -> None:
        self.units, self.blocks = units, blocks
        self._sums: dict[str, np.ndarray] = {}  # concept -> (3, blocks, units): together, unit, concept

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts that somebody looked for in a case, by the alphabet."""
        return tuple(sorted(self._sums))

    def add(
        self, block: int, responds: Float[np.ndarray, "p d"], shares: Mapping[str, Float[np.ndarray, " p"]]
    ) -> None:
        """Add a case: where units respond, as 1 and 0, and what concepts cover; NaN where nobody looked."""
        looked_for = [name for name, share in shares.items() if np.isfinite(share).all()]
        if not looked_for:
            return
        covered = np.stack([shares[name] for name in looked_for])  # (c, p)
        together, alone = covered @ responds, responds.sum(axis=0)
        for name, both, area in zip(looked_for, together, covered.sum(axis=1), strict=True):
            sums = self._sums.setdefault(name, np.zeros((3, self.blocks, self.units)))
            sums[:, block] += np.stack([both, alone, np.full(self.units, area)])

    def iou(self, weights: Float[np.ndarray, "r b"] | None = None) -> Float[np.ndarray, "r d c"]:
        """IoU of all blocks, or of blocks that count as often as `weights` say; 0 where a concept is nowhere."""
        counted = np.ones((1, self.blocks)) if weights is None else weights
        found = np.zeros((len(counted), self.units, len(self._sums)))
        for number, name in enumerate(self.concepts):
            together, unit, concept = (counted @ sums for sums in self._sums[name])
            union = unit + concept - together
            np.divide(together, union, out=found[:, :, number], where=union > 0)
        return found

    def aligned(self, concepts: tuple[str, ...]) -> Float[np.ndarray, "1 d c"]:
        """IoU with these concepts, 0 for those that were never looked for."""
        own, found = self.iou(), np.zeros((1, self.units, len(concepts)))
        for number, name in enumerate(concepts):
            if name in self.concepts:
                found[:, :, number] = own[:, :, self.concepts.index(name)]
        return found
