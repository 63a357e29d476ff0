"""`CaseMasks`: what a segmenter says of a case, in 8 bit; `in_steps`: how its probabilities are rounded to them."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

_STEPS = 240  # not 256: a threshold in tenths, or half of one, then lies between two steps and never within one


@dataclass(frozen=True, slots=True)
class CaseMasks:
    """What a segmenter says of one case, for k sentences, on the case's common grid.

    Args:
        steps: `(k, z, y, x)`, probabilities as `in_steps` rounds them.
        presence: `(k,)`, the largest probability of presence among the windows.
    """

    steps: UInt8[Tensor, "k z y x"]
    presence: Float[Tensor, " k"]

    def probability(self, sentence: int) -> Float[Tensor, "z y x"]:
        """Probabilities for one sentence, by its number, off by less than a step: 0 for the first, 1 for the last.

        They exceed a threshold in tenths, or half of one, exactly where those exceed it that were rounded.
        """
        return self.steps[sentence].float().div_(_STEPS - 1)


def in_steps(probability: Float[Tensor, "..."]) -> UInt8[Tensor, "..."]:
    """Number of the step that each probability lies in, of 240 of the same height from 0 to 1.

    What lies between two steps belongs to the lower one.

    Example:
        >>> in_steps(torch.tensor([0.0, 0.5, 0.501, 1.0])).tolist()
        [0, 119, 120, 239]
    """
    return probability.mul(_STEPS).ceil_().sub_(1).clamp_(0, _STEPS - 1).to(torch.uint8)
