"""SigLIP: every image and text alone decide whether they belong together (https://arxiv.org/abs/2303.15343)."""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from lexiscope.training.objectives.loss import Loss
from lexiscope.training.objectives.needs import Needs
from lexiscope.training.objectives.pairs import PairedEmbeddings


class Siglip(nn.Module):
    """Sigmoid loss with several positives and with negatives of other groups only.

    -1/n Σ_i Σ_j ln σ(z_ij s_ij), z_ij = 1 where text j describes image i and -1 elsewhere; n is the number of images.

    Args:
        spare_group: Leave pairs within a group out of the sum unless they are positives.
    """

    needs: ClassVar[Needs] = Needs(
        images="one modality or more, any missing",
        texts="one or more",
        batch="as large as memory allows",
        chance="entropy of the rate of positives, times the pairs an image",
    )
    start_temperature = 0.1

    def __init__(self, *, spare_group: bool = True) -> None:
        super().__init__()
        self.spare_group = spare_group

    def forward(self, pairs: PairedEmbeddings) -> dict[str, Loss]:
        """The loss over the global batch."""
        pairs = pairs.gathered()
        logits, positive = pairs.logits(), pairs.positive()  # (n, m)
        counted = positive | ~pairs.same_group() if self.spare_group else torch.ones_like(positive)
        sign = positive.float() * 2 - 1  # (n, m)
        value = -(logsigmoid(sign * logits) * counted).sum() / len(logits)
        return {"pairs": Loss(value, _constant_guess(positive.sum(), counted.sum(), len(logits)))}


def _constant_guess(positives: Tensor, counted: Tensor, images: int) -> Tensor:
    """Loss of the best single score for every pair: the entropy of the rate of positives, times the pairs per image."""
    rate = positives / counted.clamp(min=1)
    entropy = -torch.xlogy(rate, rate) - torch.xlogy(1 - rate, 1 - rate)
    return entropy * counted / images
