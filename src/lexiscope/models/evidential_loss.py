"""Evidential loss: the fit of a Dirichlet distribution to a label, with a growing price for evidence that misleads.

Sensoy et al. 2018 (https://arxiv.org/abs/1806.01768) in the form of Han et al. 2021 (https://arxiv.org/abs/2102.02051),
equations 11 to 14. It needs a label for each case, so it is no objective of `train align`, which learns from words.
"""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor


def evidential_loss(
    alpha: Float[Tensor, "b k"], labels: Int64[Tensor, " b"], *, annealing: float = 1.0
) -> Float[Tensor, " b"]:
    """Loss of each case: sum_k y_k (psi(S) - psi(alpha_k)) + annealing * KL(Dir(alpha~) || Dir(1)).

    y is the label as one-hot row, S the sum of alpha and alpha~ = y + (1 - y) alpha: alpha without the evidence for the
    right class, so the second term asks that there be no evidence for the others.

    Args:
        alpha: Parameters of a Dirichlet distribution, at least 1.
        labels: Index of the right class of each case.
        annealing: 0 at the start of training, when every evidence misleads, to 1.

    Example:
        >>> labels, right, wrong = torch.tensor([0]), torch.tensor([[9.0, 1.0]]), torch.tensor([[1.0, 9.0]])
        >>> bool(evidential_loss(right, labels) < evidential_loss(wrong, labels))
        True
    """
    right = torch.nn.functional.one_hot(labels, alpha.shape[-1]).to(alpha)  # (b, k)
    fit = (right * (torch.digamma(alpha.sum(dim=-1, keepdim=True)) - torch.digamma(alpha))).sum(dim=-1)
    return fit + annealing * divergence_from_ignorance(right + (1 - right) * alpha)


def divergence_from_ignorance(alpha: Float[Tensor, "b k"]) -> Float[Tensor, " b"]:
    """KL(Dir(alpha) || Dir(1)): how much more than nothing a Dirichlet distribution claims to know.

    ln G(S) - ln G(k) - sum_j ln G(alpha_j) + sum_j (alpha_j - 1)(psi(alpha_j) - psi(S)), with G the gamma function.

    Example:
        >>> divergence_from_ignorance(torch.ones(1, 3)).item()
        0.0
    """
    total = alpha.sum(dim=-1, keepdim=True)  # (b, 1)
    size = torch.lgamma(total[:, 0]) - math.lgamma(alpha.shape[-1]) - torch.lgamma(alpha).sum(dim=-1)
    return size + ((alpha - 1) * (torch.digamma(alpha) - torch.digamma(total))).sum(dim=-1)
