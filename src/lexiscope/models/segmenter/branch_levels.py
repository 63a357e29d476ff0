"""`BranchLevels`: levels of each branch of a segmenter, before its branches meet."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True, slots=True)
class BranchLevels:
    """Levels of b cases in each of m branches: the modalities, or one where they were stacked.

    Args:
        levels: Maps `(b, m, c, ...)`, the finest first; zeros where a case lacks the modality.
        present: `(b, m)`, False where a case lacks the modality.
    """

    levels: list[Float[Tensor, "b m c ..."]]
    present: Bool[Tensor, "b m"]

    @property
    def count(self) -> int:
        """Number of branches."""
        return self.present.shape[1]

    @classmethod
    def joined(cls, parts: Sequence["BranchLevels"]) -> "BranchLevels":
        """Branches of several readings of the same cases, one after the other."""
        levels = [torch.cat(of_level, dim=1) for of_level in zip(*(part.levels for part in parts), strict=True)]
        return cls(levels, torch.cat([part.present for part in parts], dim=1))

    def mean(self, shown: Bool[Tensor, "b m"]) -> list[Float[Tensor, "b c ..."]]:
        """Mean of each level over the branches that are shown.

        Example:
            >>> two = BranchLevels([torch.tensor([[[2.0], [4.0]]])], torch.ones(1, 2, dtype=torch.bool))
            >>> two.mean(torch.tensor([[True, True]]))[0].item(), two.mean(torch.tensor([[False, True]]))[0].item()
            (3.0, 4.0)
        """
        if self.count == 1:
            return [level[:, 0] for level in self.levels]
        chosen = self.levels if shown is self.present else [_kept(level, shown) for level in self.levels]
        count = shown.sum(dim=1)
        return [level.sum(dim=1) / count.view(-1, *[1] * (level.ndim - 2)) for level in chosen]


def _kept(level: Float[Tensor, "b m c ..."], shown: Bool[Tensor, "b m"]) -> Float[Tensor, "b m c ..."]:
    return level * shown.view(*shown.shape, *[1] * (level.ndim - 2))
