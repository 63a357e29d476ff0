"""DeCUR: common and unique dimensions of modalities, without negatives (https://arxiv.org/abs/2309.05300)."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lexiscope.core.errors import ModelError
from lexiscope.models.encoder import Encoder
from lexiscope.training.objectives.augmented_variants import EncodedVariants, encode_variants
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.objectives.needs import Needs
from lexiscope.training.objectives.projector import Projector

_LAMBDA = 0.0051  # weight of the correlations between dimensions, as in the paper and in Barlow Twins


class DeCur(nn.Module):
    """Some dimensions of a projection agree across modalities, the others are each modality's own.

    With C the cross-correlation of two sets of rows (`cross_correlation`) and B(C) = Σ_i (1 - C_ii)² + λ Σ_{i≠j} C_ij²:
    within a modality L_m = B(C) of its two variants on all dimensions; between two modalities L_c = B(C) on the first K
    dimensions and L_u = Σ_i C_ii² + λ Σ_{i≠j} C_ij² on the others. For two modalities the whole is the paper's
    (L_1 + L_2 + (L_c + L_u)/2) / 3. For any number it is 2/3 of the mean L_m and 1/3 of the mean (L_c + L_u)/2 over the
    pairs of modalities that cases of the batch have (own definition); without such a pair it is the mean L_m, Barlow
    Twins. Each modality has a projector of its own, and correlations are divided by the rows of all processes.

    Args:
        width: Number of dimensions of the projections.
        common: K / width, the share of common dimensions; the paper takes 0.75 to 0.875.
    """

    needs: ClassVar[Needs] = Needs(
        images="two modalities or more for the common part, any missing; one alone is Barlow Twins",
        batch="32 rows or more with each pair of modalities",
        chance="that of C = 0: width within modalities, K/2 between them",
    )
    options: ClassVar[tuple[str, ...]] = ("width", "common")
    variants: ClassVar[int] = 2
    tower: ClassVar[tuple[str, Mapping[str, Any]]] = ("cnn", {"stages": (16, 32, 64, 128, 256)})
    modality_dropout: ClassVar[float] = 0.0  # a pair needs both

    def __init__(self, encoder: Encoder, *, width: int = 256, common: float = 0.75) -> None:
        super().__init__()
        if encoder.branches != encoder.modalities:
            msg = f"decur compares modalities one by one, but {encoder.config.fusion} fusion gives one feature a case"
            raise ModelError(f"{msg}; use fusion 'late'")
        self.encoder = encoder
        self.common = round(common * width)
        self.projectors = nn.ModuleList(Projector(encoder.feature_width(name), width) for name in encoder.branches)

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Loss]:
        """Losses within and between modalities over the global batch.

        Args:
            batch: Batch of `PretrainRows.batch`.
        """
        seen = encode_variants(self.encoder, batch)
        projected = {
            name: _Rows.of(projector, seen[name])
            for name, projector in zip(self.encoder.branches, self.projectors, strict=True)
            if name in seen and int(seen[name].present.all(dim=1).sum()) > 1
        }
        if not projected:  # too few rows of any modality: nothing to correlate, and nothing to learn
            zero = sum(rows.features.sum() * 0.0 for rows in seen.values())
            return {"within": Loss(torch.as_tensor(zero), torch.as_tensor(zero).detach())}
        within = [redundancy(cross_correlation(rows.first, rows.second)) for rows in projected.values()]
        between = [
            self._between(*_shared(a, b))
            for a, b in combinations(projected.values(), 2)
            if int((a.present & b.present).sum()) > 1
        ]
        share = 2 / 3 if between else 1.0
        width = within[0].new_tensor(float(next(iter(projected.values())).first.shape[1]))
        losses = {"within": Loss(share * torch.stack(within).mean(), share * width)}
        if between:
            losses["between"] = Loss(torch.stack(between).mean() / 3, width.new_tensor(self.common / 6))
        return losses

    def _between(self, a: Float[Tensor, "n d"], b: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
        """(L_c + L_u) / 2; correlations between the two blocks count in neither."""
        c, k = cross_correlation(a, b), self.common
        return (redundancy(c[:k, :k]) + redundancy(c[k:, k:], target=0.0)) / 2


def cross_correlation(a: Float[Tensor, "n d"], b: Float[Tensor, "n d"]) -> Float[Tensor, "d d"]:
    """C = BN(a)' BN(b) / n, with each column brought to mean 0 and variance 1 over these n rows.

    Example:
        >>> x = torch.tensor([[1.0], [2.0], [3.0]])
        >>> round(cross_correlation(x, -x).item(), 3)
        -1.0
    """
    a, b = (nn.functional.batch_norm(rows.float(), None, None, training=True) for rows in (a, b))
    return a.T @ b / len(a)


def redundancy(c: Float[Tensor, "d d"], *, target: float = 1.0) -> Float[Tensor, ""]:
    """Σ_i (target - C_ii)² + λ Σ_{i≠j} C_ij².

    Example:
        >>> redundancy(torch.eye(3)).item(), redundancy(torch.zeros(3, 3)).item()
        (0.0, 3.0)
    """
    on = (target - c.diagonal()).square().sum()
    return on + _LAMBDA * (c.square().sum() - c.diagonal().square().sum())


class _Rows:
    """The projections of one modality, for the cases that have it in both variants."""

    def __init__(self, first: Tensor, second: Tensor, present: Tensor) -> None:
        self.first, self.second, self.present = first, second, present

    @classmethod
    def of(cls, projector: nn.Module, seen: EncodedVariants) -> "_Rows":
        present = seen.present.all(dim=1)  # (n,)
        first, second = projector(seen.features[present].flatten(0, 1)).unflatten(0, (-1, 2)).unbind(dim=1)
        return cls(first, second, present)


def _shared(a: _Rows, b: _Rows) -> tuple[Tensor, Tensor]:
    """The first variants of two modalities, of the cases that have both."""
    both = a.present & b.present
    return a.first[both[a.present]], b.first[both[b.present]]
