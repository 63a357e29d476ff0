"""The joint self-supervised and supervised contrastive loss over modalities (https://arxiv.org/abs/2312.15064)."""

from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import normalize

from lexiscope.training.objectives.gather import gather_rows
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.objectives.needs import Needs

UNLABELLED = -1


class SupCon(nn.Module):
    """L = L_CMC + a L_CSS: images of one case agree across its modalities, and cases of one label agree.

    Both are `supervised_contrastive` over unit vectors. L_CMC goes over every image, with the other modalities of its
    case as positives; L_CSS over the cases, all modalities together, with the cases of the same label as positives
    (the paper concatenates the modalities' features; ours are averaged, so that any may be missing). What shares a
    group and is no positive is no negative either. Derived anew from the paper: its code offsets the positives
    wrongly and divides by the temperature twice.

    Args:
        weight: Weight a of the second part.
        temperature: τ of both parts; lower sharpens.
    """

    needs: ClassVar[Needs] = Needs(
        images="one modality for the labels; two or more to agree across them, any missing",
        labels="one attribute, with values that several cases share; cases without it count in the other part",
        batch="several cases of each label",
        chance="mean of ln(candidates), of each part",
    )

    def __init__(self, *, weight: float = 1.0, temperature: float = 0.7) -> None:
        super().__init__()
        self.weight, self.temperature = weight, temperature

    def forward(
        self,
        images: Float[Tensor, "n m d"],
        present: Bool[Tensor, "n m"],
        cases: Float[Tensor, "n d"],
        *,
        label: Int64[Tensor, " n"],
        group: Int64[Tensor, " n"],
    ) -> dict[str, Loss]:
        """The two parts over the global batch.

        Args:
            images: Vector for each modality of each case.
            present: Mask of the modalities that the case has.
            cases: Vector for each case, all its modalities together.
            label: Number of each case's label; `UNLABELLED` where unknown.
            group: Number of each case's patient, paper or specimen.
        """
        images, cases, label, group = (gather_rows(rows) for rows in (images, cases, label, group))
        present = gather_rows(present.long()).bool()
        owner = torch.arange(len(images), device=images.device)[:, None].expand_as(present)[present]  # (r,)
        same_case = owner[:, None] == owner[None, :]
        same_group = group[owner][:, None] == group[owner][None, :]
        across = supervised_contrastive(
            images[present], same_case, candidate=same_case | ~same_group, temperature=self.temperature
        )
        known = label != UNLABELLED
        same_label = label[known][:, None] == label[known][None, :]
        other_group = group[known][:, None] != group[known][None, :]
        within = supervised_contrastive(
            cases[known], same_label, candidate=same_label | other_group, temperature=self.temperature
        )
        return {"modalities": across, "labels": Loss(self.weight * within.value, self.weight * within.chance)}


def supervised_contrastive(
    rows: Float[Tensor, "r d"], positive: Bool[Tensor, "r r"], *, candidate: Bool[Tensor, "r r"], temperature: float
) -> Loss:
    """Mean over rows i with positives P(i) of  -1/|P(i)| Σ_{p ∈ P(i)} ln( exp(s_ip/τ) / Σ_{k ∈ C(i)} exp(s_ik/τ) ).

    s is the cosine and nothing is compared with itself: https://arxiv.org/abs/2004.11362, equation 2. Rows without a
    positive have nothing to find; a batch without any costs nothing.

    Example:
        >>> rows, same = torch.eye(4)[[0, 0, 1, 1]], torch.eye(2, dtype=torch.bool).repeat_interleave(2, 0)
        >>> same = same.repeat_interleave(2, 1)
        >>> supervised_contrastive(rows, same, candidate=torch.ones_like(same), temperature=0.05).value.item() < 0.01
        True
    """
    other = ~torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    positive, candidate = positive & other, candidate & other
    finds = positive.any(dim=1)  # (r,)
    if not bool(finds.any()):
        zero = rows.sum() * 0.0
        return Loss(zero, zero.detach())
    unit = normalize(rows.float(), dim=-1)
    logits = (unit @ unit.T / temperature)[finds].masked_fill(~candidate[finds], -torch.inf)
    negative_log_likelihood = -logits.log_softmax(dim=1)
    target = positive[finds] / positive[finds].sum(dim=1, keepdim=True)
    value = (target * negative_log_likelihood.masked_fill(~positive[finds], 0.0)).sum(dim=1).mean()
    return Loss(value, candidate[finds].sum(dim=1).float().log().mean())
