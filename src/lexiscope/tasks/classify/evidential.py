"""`Evidential`: a classifier of several modalities, each of which may say how little it knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from lexiscope.core.errors import TrainingError
from lexiscope.models.evidential import EvidentialFusion, Opinion, fuse_opinions
from lexiscope.models.evidential_loss import evidential_loss

_STEPS = 200
_ANNEALED = 0.5  # part of the steps over which misleading evidence grows to its full price
_LR = 3e-3
_START = 1e-3  # spread of the first weights


@dataclass(frozen=True, slots=True)
class EvidentialOpinions:
    """Opinions of each modality, and of all of them together, on n cases.

    Args:
        fused: Combined opinion of the modalities that are present.
        of: Modality -> its own opinion; full ignorance where it is missing.
    """

    fused: Opinion
    of: Mapping[str, Opinion]

    @property
    def probabilities(self) -> Float[np.ndarray, "n k"]:
        """Probabilities of the fused opinion; rows sum to 1."""
        return self.fused.probabilities.numpy().astype(np.float64)

    def of_case(self, row: int, values: Sequence[str]) -> dict[str, Any]:
        """Belief by value and uncertainty of one case, fused and by modality; JSON types."""
        opinions = {"fused": self.fused, **self.of}
        return {
            name: {
                "belief": dict(zip(values, opinion.belief[row].tolist(), strict=True)),
                "uncertainty": float(opinion.uncertainty[row]),
            }
            for name, opinion in opinions.items()
        }


@dataclass(frozen=True, slots=True)
class Evidential:
    """An evidential classifier of frozen features.

    Args:
        fusion: One head a modality, and the combination of their opinions.
        blocks: Modality -> its columns of the features.
        strength: Inverse weight of the ridge, sklearn's C: larger bends more to the data.
    """

    fusion: EvidentialFusion
    blocks: Mapping[str, slice]
    strength: float

    @torch.inference_mode()
    def judge(self, features: Float32[np.ndarray, "n f"]) -> EvidentialOpinions:
        """Opinions on n cases; NaN is a missing modality, which adds full ignorance."""
        opinions = self.fusion(*_apart(features, self.blocks))
        return EvidentialOpinions(fuse_opinions(opinions), opinions)


def fit_evidential(
    features: Float32[np.ndarray, "n f"],
    labels: Int64[np.ndarray, " n"],
    blocks: Mapping[str, slice],
    *,
    classes: int,
    strength: float,
    seed: int = 0,
) -> Evidential:
    """Fit one linear head a modality and their combination together; every class weighs the same.

    The loss is that of each modality where it is present plus that of the fused opinion (Han et al. 2021, equation 15),
    with the ridge of logistic regression: |w|^2 / (2 n strength) for each head.

    Args:
        features: One row a case, NaN where a modality is missing.
        labels: Class of each case.
        blocks: Modality -> its columns of `features`.
        classes: Number of classes.
        strength: sklearn's C; the one that cross-validation found for the probe on the same features serves.
        seed: Seed of the first weights.

    Raises:
        TrainingError: fewer than two classes have a case.
    """
    known = np.unique(labels)
    if len(known) < 2:
        msg = f"evidential heads need cases of two classes, got {len(known)} in {len(labels)} cases"
        raise TrainingError(f"{msg}; learn from a corpus that has both")
    parts, present = _apart(features, blocks)
    fusion = EvidentialFusion({name: x.shape[1] for name, x in parts.items()}, classes=classes)
    _start(fusion, parts, present, seed=seed)
    truth = torch.from_numpy(labels)
    count = torch.bincount(truth, minlength=classes)
    weight = (len(labels) / (len(known) * count.clamp(min=1)))[truth]  # (n,)
    matrices = [matrix for matrix in fusion.parameters() if matrix.ndim > 1]
    optimizer = torch.optim.Adam(fusion.parameters(), lr=_LR)
    for step in range(_STEPS):
        annealing = min(1.0, step / (_ANNEALED * _STEPS))
        opinions = fusion(parts, present)
        losses = [
            (weight * evidential_loss(opinion.alpha, truth, annealing=annealing))[rows].sum() / rows.sum().clamp(min=1)
            for opinion, rows in [
                (fuse_opinions(opinions), torch.ones_like(truth, dtype=torch.bool)),
                *((opinions[name], present[name]) for name in fusion.modalities),
            ]
        ]
        ridge = torch.stack([(matrix**2).sum() for matrix in matrices]).sum() / (2 * len(labels) * strength)
        optimizer.zero_grad()
        torch.autograd.backward(torch.stack(losses).sum() + ridge)
        optimizer.step()
    return Evidential(fusion.eval(), dict(blocks), strength)


@torch.no_grad()
def _start(fusion: EvidentialFusion, parts: Mapping[str, Tensor], present: Mapping[str, Tensor], *, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for name in fusion.modalities:
        head, rows = fusion.head(name), present[name]
        if bool(rows.any()):
            head.standardise(parts[name][rows])
        for parameter in head.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * _START)


def _apart(
    features: Float32[np.ndarray, "n f"], blocks: Mapping[str, slice]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Features by modality, zeros where it is missing, and the rows that have it."""
    rows = torch.from_numpy(np.ascontiguousarray(features))
    parts = {name: rows[:, columns] for name, columns in blocks.items()}
    present = {name: x.isfinite().any(dim=1) for name, x in parts.items()}
    return {name: x.nan_to_num() for name, x in parts.items()}, present
