"""`Head`: from a feature vector to the shared space; the part that aligning trains."""

from functools import partial
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.core.errors import ModelError

HEADS = ("linear", "mlp", "residual")


class Head(nn.Module):
    """Standardisation, dropout and projection; several members side by side when `members` > 1.

    Members are trained on their own and compared together: their unit vectors, one after the other, are the embedding,
    so its cosine is the mean of the members' cosines.

    Args:
        inputs: Length of the feature vector.
        width: Length of each member's vector.
        kind: "linear"; "mlp" (one hidden layer, GELU); "residual" (the sum of both).
        hidden: Size of the hidden layer.
        dropout: Share of features dropped in training.
        members: Number of heads side by side.

    Raises:
        ModelError: an unknown kind.

    Example:
        >>> Head(inputs=5, width=3, members=2)(torch.zeros(4, 5)).shape
        torch.Size([4, 6])
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        inputs: int,
        width: int,
        *,
        kind: str = "linear",
        hidden: int = 512,
        dropout: float = 0.0,
        members: int = 1,
    ) -> None:
        super().__init__()
        if kind not in HEADS:
            raise ModelError(f"head must be one of {', '.join(HEADS)}, got {kind!r}")
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("std", torch.ones(inputs))
        self.dropout = nn.Dropout(dropout)
        member = partial(_Member, inputs, width, kind=kind, hidden=hidden, dropout=dropout)
        self.members = nn.ModuleList(member() for _ in range(members))

    @torch.no_grad()
    def standardise(self, features: Float[Tensor, "n f"]) -> None:
        """Fix mean and standard deviation from training features; a constant feature is only centred.

        Example:
            >>> head = Head(2, 1)
            >>> head.standardise(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
            >>> head.mean.tolist(), head.std.tolist()
            ([2.0, 5.0], [1.0, 1.0])
        """
        std = features.std(dim=0, correction=0)
        self.mean.copy_(features.mean(dim=0))
        self.std.copy_(torch.where(std > 1e-6, std, torch.ones_like(std)))

    @torch.no_grad()
    def set_linear(self, weight: Float[Tensor, "d f"], bias: Float[Tensor, " d"]) -> None:
        """Take over a map of the standardised features that was solved in closed form, such as by CCA.

        Example:
            >>> head = Head(2, 1)
            >>> head.set_linear(torch.tensor([[2.0, 3.0]]), torch.tensor([1.0]))
            >>> head(torch.ones(1, 2)).item()
            6.0

        Raises:
            ModelError: the head is not one linear map of that size.
        """
        member = cast("_Member", self.members[0])
        linear = member.linear if member.network is None and len(self.members) == 1 else None
        if linear is None or linear.weight.shape != weight.shape:
            msg = f"expected a head of one linear map with weight {tuple(weight.shape)}, got {self}"
            raise ModelError(f"{msg}; build it with kind='linear', members=1 and that width")
        linear.weight.copy_(weight)
        linear.bias.copy_(bias)

    @torch.no_grad()
    def set_network(self, hidden: Float[Tensor, "h f"], weight: Float[Tensor, "d h"]) -> None:
        """Take over two maps with a GELU between, without bias.

        Raises:
            ModelError: the head is not one such network of that size.
        """
        member = cast("_Member", self.members[0])
        layers = list(member.network or ()) if member.linear is None and len(self.members) == 1 else []
        first, last = (layers[0], layers[-1]) if layers else (None, None)
        if not (isinstance(first, nn.Linear) and isinstance(last, nn.Linear)) or (
            first.weight.shape,
            last.weight.shape,
        ) != (hidden.shape, weight.shape):
            msg = (
                f"expected a head of two maps with weights {tuple(hidden.shape)} and {tuple(weight.shape)}, got {self}"
            )
            raise ModelError(f"{msg}; build it with kind='mlp', members=1 and that size")
        for layer, map_ in ((first, hidden), (last, weight)):
            layer.weight.copy_(map_)
            layer.bias.zero_()

    def forward(self, features: Float[Tensor, "b f"]) -> Float[Tensor, "b d"]:
        """The members' vectors one after the other, not yet unit length; d = members * width."""
        x = (features - self.mean) / self.std
        return torch.cat([member(self.dropout(x)) for member in self.members], dim=-1)


def unit_members(x: Float[Tensor, "b d"], members: int) -> Float[Tensor, "b d"]:
    """Vectors whose members' stretches have equal length, and the whole unit length.

    Example:
        >>> unit_members(torch.tensor([[3.0, 0.0, 0.0, 9.0]]), members=2)
        tensor([[0.7071, 0.0000, 0.0000, 0.7071]])
    """
    parts = functional.normalize(x.unflatten(-1, (members, -1)), dim=-1)
    return parts.flatten(-2) / members**0.5


class _Member(nn.Module):
    linear: nn.Linear | None
    network: nn.Sequential | None

    def __init__(self, inputs: int, width: int, *, kind: str, hidden: int, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, width) if kind in ("linear", "residual") else None
        self.network = None
        if kind in ("mlp", "residual"):
            self.network = nn.Sequential(
                nn.Linear(inputs, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, width)
            )

    def forward(self, x: Tensor) -> Tensor:
        branches = [branch(x) for branch in (self.linear, self.network) if branch is not None]
        return torch.stack(branches).sum(dim=0)
