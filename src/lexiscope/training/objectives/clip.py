"""CLIP: every image picks its texts out of the batch, every text its images (https://arxiv.org/abs/2103.00020)."""

from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.training.objectives.loss import Loss
from lexiscope.training.objectives.needs import Needs
from lexiscope.training.objectives.pairs import PairedEmbeddings


class Clip(nn.Module):
    """Symmetric InfoNCE with several positives and with negatives of other groups only.

    For image i with texts P(i) among candidates C(i):  -1/|P(i)| Σ_{j ∈ P(i)} ln( exp s_ij / Σ_{k ∈ C(i)} exp s_ik ),
    the same for texts, and the mean of the two directions. With one text per image and every group once it is CLIP's.

    Args:
        spare_group: Leave the texts of the same group out of the candidates: in one paper, or one patient's visits,
            what is no positive is no honest negative either.
    """

    needs: ClassVar[Needs] = Needs(
        images="one modality or more, any missing",
        texts="one or more",
        batch="as large as memory allows",
        chance="mean of ln(candidates)",
    )
    start_temperature = 0.07

    def __init__(self, *, spare_group: bool = True) -> None:
        super().__init__()
        self.spare_group = spare_group

    def forward(self, pairs: PairedEmbeddings) -> dict[str, Loss]:
        """Losses by direction, over the global batch; each is half of the whole."""
        pairs = pairs.gathered()
        logits, positive = pairs.logits(), pairs.positive()  # (n, m)
        candidate = positive | ~pairs.same_group() if self.spare_group else torch.ones_like(positive)
        to_text = _pick(logits, positive, candidate)
        to_image = _pick(logits.T, positive.T, candidate.T)
        return {"image_to_text": to_text, "text_to_image": to_image}


def _pick(logits: Float[Tensor, "n m"], positive: Bool[Tensor, "n m"], candidate: Bool[Tensor, "n m"]) -> Loss:
    """Half of the cross entropy of each row against its positives; rows without any have nothing to find."""
    rows = positive.any(dim=1)  # (n,)
    candidate = candidate | ~rows[:, None]  # a softmax over nothing would be NaN, even where it is not used
    negative_log_likelihood = -logits.masked_fill(~candidate, -torch.inf).log_softmax(
        dim=1
    )  # (n, m), infinite outside the candidates
    target = positive / positive.sum(dim=1, keepdim=True).clamp(min=1)  # (n, m)
    per_row = (target * negative_log_likelihood.masked_fill(~positive, 0.0)).sum(dim=1)  # (n,)
    guess = candidate.sum(dim=1).float().log()  # (n,): equal similarities choose evenly among the candidates
    return Loss(per_row[rows].mean() / 2, guess[rows].mean() / 2)
