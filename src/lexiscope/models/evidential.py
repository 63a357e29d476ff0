"""Evidential fusion: each modality gives an opinion on the classes that may say "I do not know"; opinions are combined.

The trusted multi-view classifier of Han et al. 2021 (https://arxiv.org/abs/2102.02051) on subjective logic (Jøsang,
Subjective Logic, 2016): evidence for each class makes a Dirichlet distribution, which is a belief for each class and an
uncertainty that together are 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.core.errors import ModelError
from lexiscope.models.head import Head


@dataclass(frozen=True, slots=True)
class Opinion:
    """Belief in each of k classes, and what is left unknown; they sum to 1.

    Args:
        belief: Not negative.
        uncertainty: 1 is full ignorance; never 0, which no finite evidence gives.

    Example:
        >>> sure = Opinion.of_evidence(torch.tensor([[6.0, 0.0]]))
        >>> sure.belief.tolist(), sure.uncertainty.tolist()
        ([[0.75, 0.0]], [0.25])
    """

    belief: Float[Tensor, "b k"]
    uncertainty: Float[Tensor, " b"]

    @classmethod
    def of_evidence(cls, evidence: Float[Tensor, "b k"]) -> "Opinion":
        """Opinion of evidence e >= 0: alpha = e + 1, S = sum of alpha, belief = e / S, uncertainty = k / S."""
        strength = evidence.sum(dim=-1) + evidence.shape[-1]  # (b,)
        return cls(evidence / strength[:, None], evidence.shape[-1] / strength)

    def where(self, present: Bool[Tensor, " b"]) -> "Opinion":
        """This opinion where a modality is present, and full ignorance where not; not even NaN gets through."""
        belief = torch.where(present[:, None], self.belief, torch.zeros_like(self.belief))
        return Opinion(belief, torch.where(present, self.uncertainty, torch.ones_like(self.uncertainty)))

    def combined(self, other: "Opinion") -> "Opinion":
        """Combination of both opinions by Dempster's rule as in Han et al. 2021, definition 4.

        With the conflict C = sum over i != j of b1_i b2_j: belief = (b1 b2 + b1 u2 + b2 u1) / (1 - C) and uncertainty =
        u1 u2 / (1 - C). Commutative and associative; an opinion of full ignorance changes nothing.

        Example:
            >>> one, other = Opinion.of_evidence(torch.tensor([[6.0, 0.0]])), Opinion.of_evidence(torch.zeros(1, 2))
            >>> one.combined(other).belief.tolist()
            [[0.75, 0.0]]
        """
        mine, theirs = self.uncertainty[:, None], other.uncertainty[:, None]
        agreed = self.belief * other.belief  # (b, k)
        conflict = self.belief.sum(dim=-1) * other.belief.sum(dim=-1) - agreed.sum(dim=-1)  # (b,)
        rest = (1 - conflict).clamp(min=torch.finfo(conflict.dtype).tiny)
        belief = (agreed + self.belief * theirs + other.belief * mine) / rest[:, None]
        return Opinion(belief, self.uncertainty * other.uncertainty / rest)

    @property
    def alpha(self) -> Float[Tensor, "b k"]:
        """Parameters of the Dirichlet distribution: belief times S, plus 1, with S = k / uncertainty."""
        return self.belief * (self.belief.shape[-1] / self.uncertainty)[:, None] + 1

    @property
    def probabilities(self) -> Float[Tensor, "b k"]:
        """Mean of the Dirichlet distribution, alpha / S: what is unknown is shared out evenly.

        Example:
            >>> Opinion.of_evidence(torch.tensor([[6.0, 0.0]])).probabilities.tolist()
            [[0.875, 0.125]]
        """
        return self.belief + (self.uncertainty / self.belief.shape[-1])[:, None]


class EvidentialFusion(nn.Module):
    """A linear head for each modality, from its features to evidence, and their combination over what is present.

    Args:
        inputs: Modality -> length of its features.
        classes: Number of classes.
        dropout: Share of features dropped in training.

    Raises:
        ModelError: no modality, or fewer than two classes.

    Example:
        >>> fusion = EvidentialFusion({"t1": 3}, classes=2)
        >>> opinions = fusion({"t1": torch.zeros(2, 3)}, {"t1": torch.tensor([True, False])})
        >>> opinions["t1"].uncertainty[1].item()  # a case without the modality
        1.0
    """

    def __init__(self, inputs: Mapping[str, int], *, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        if not inputs or classes < 2:
            msg = f"evidential fusion needs a modality and two classes, got {list(inputs)} and {classes}"
            raise ModelError(f"{msg}; classify an attribute that has two values")
        self.modalities, self.classes = tuple(sorted(inputs)), classes
        self.heads = nn.ModuleList(Head(inputs[name], classes, dropout=dropout) for name in self.modalities)

    def head(self, modality: str) -> Head:
        """The head of one modality; it standardises its features first."""
        return cast("Head", self.heads[self.modalities.index(modality)])

    def forward(self, features: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> dict[str, Opinion]:
        """The opinion of each modality, `(b, k)`, full ignorance where it is missing.

        Args:
            features: Modality -> `(b, f)`; anything at all where it is missing.
            present: Modality -> `(b,)`.
        """
        opinions = {}
        for name in self.modalities:
            mask = present[name]
            known = torch.where(mask[:, None], features[name], self.head(name).mean)  # (b, f)
            opinions[name] = Opinion.of_evidence(functional.softplus(self.head(name)(known))).where(mask)
        return opinions


def fuse_opinions(opinions: Mapping[str, Opinion]) -> Opinion:
    """Combination of all opinions, in any order.

    Example:
        >>> nothing = Opinion.of_evidence(torch.zeros(1, 2))
        >>> fuse_opinions({"t1": nothing, "t2": nothing}).uncertainty.item()
        1.0
    """
    return reduce(Opinion.combined, opinions.values())
