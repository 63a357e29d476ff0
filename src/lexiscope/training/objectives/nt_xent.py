"""NT-Xent: each row finds its other variant among all variants of the batch (https://arxiv.org/abs/2002.05709)."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

from lexiscope.training.objectives.loss import Loss


def nt_xent(
    first: Float[Tensor, "n d"],
    second: Float[Tensor, "n d"],
    *,
    temperature: float,
    group: Int64[Tensor, " n"] | None = None,
) -> Loss:
    """Mean over the 2n rows z of  -ln( exp(z·z⁺/τ) / Σ_{k ∈ C(z)} exp(z·k/τ) ), with z⁺ the row's partner.

    C(z) is every other row of both halves; with `group`, less those of the row's own group except the partner: slices
    of one scan and visits of one patient are no honest negatives.

    Args:
        first: Rows of any length; they are brought to unit length here.
        second: Partner of each row.
        temperature: τ; lower sharpens.
        group: Number of each row's group; None where every row is a group of its own.

    Example:
        >>> nt_xent(torch.eye(3), torch.eye(3), temperature=0.05).value.item() < 0.01
        True
    """
    rows = normalize(torch.cat([first, second]).float(), dim=-1)  # (2n, d)
    n = len(first)
    row = torch.arange(2 * n, device=rows.device)
    partner = row.roll(n)  # (2n,)
    owner = row if group is None else torch.cat([group, group])  # (2n,); nobody is a candidate of its own
    candidate = (owner[:, None] != owner[None, :]) | (row[None, :] == partner[:, None])  # (2n, 2n)
    logits = (rows @ rows.T / temperature).masked_fill(~candidate, -torch.inf)
    value = torch.nn.functional.cross_entropy(logits, partner)
    return Loss(value, candidate.sum(dim=1).float().log().mean())
