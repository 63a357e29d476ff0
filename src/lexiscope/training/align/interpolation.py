"""`mix_with_start`: what was trained, mixed with the weights of a published start by a share that "val" chooses.

Between the weights before and after training lie models that are better on the new data than the start and lose little
of what it knew (WiSE-FT, https://arxiv.org/abs/2109.01903).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lexiscope.features.processes import from_main
from lexiscope.features.towers import Features
from lexiscope.training.align.data import ImageTextPairs
from lexiscope.training.align.rows import Pixels
from lexiscope.training.align.step import AlignStep
from lexiscope.training.align.validation import group_scores
from lexiscope.training.loop.checkpoint import load_trained_state, trained_state

WEIGHTS = tuple(step / 10 for step in range(11))
_LOSS = 0.05  # of what the start scores where it must not get worse
_UNTOLD = 0.5  # without held-out cases: what the paper proposes where nothing can be chosen on


@dataclass(frozen=True)
class Weights:
    """Copy of the weights of a module that train.

    Args:
        tensors: Name -> tensor.
    """

    tensors: Mapping[str, Tensor]

    @classmethod
    def of(cls, module: nn.Module) -> Self:
        """The weights of a module as they are now."""
        return cls({name: tensor.detach().clone() for name, tensor in trained_state(module).items()})

    def towards(self, other: "Weights", share: float) -> dict[str, Tensor]:
        """Weights between these and others.

        Args:
            other: Weights of the same module.
            share: Share of the others, 0 to 1.

        Example:
            >>> before, after = (Weights({"w": torch.tensor([value])}) for value in (1.0, 3.0))
            >>> before.towards(after, 0.25)["w"].item()
            1.5
        """
        return {
            name: torch.lerp(tensor, other.tensors[name], share) if tensor.is_floating_point() else tensor
            for name, tensor in self.tensors.items()
        }


@dataclass(frozen=True, slots=True)
class MixedWithStart:
    """How much of what was trained a space keeps.

    Args:
        weight: Share of what was trained, 0 to 1.
        groups: Number of held-out groups that it was chosen on.
    """

    weight: float
    groups: int

    @property
    def in_words(self) -> str:
        """Note for the user.

        Example:
            >>> MixedWithStart(0.4, 12).in_words
            'the weights are 40 % trained and 60 % as published, chosen on val (groups: 12)'
        """
        by = f"chosen on val (groups: {self.groups})" if self.groups else "as there is no val to choose on"
        if self.weight == 0:
            return f"training did not improve on the start, {by}: the weights are as published"
        return f"the weights are {self.weight:.0%} trained and {1 - self.weight:.0%} as published, {by}".replace(
            "%", " %"
        )


@dataclass(frozen=True)
class HeldOut:
    """Pairs that nothing was trained on.

    Args:
        pairs: The pairs; possibly none.
        inputs: Their kept features, or pixels and words.
    """

    pairs: ImageTextPairs
    inputs: Features | Pixels


def mix_with_start(
    step: AlignStep, held_out: HeldOut, *, before: Weights, known: HeldOut | None = None
) -> MixedWithStart:
    """Give a trained space the weights between start and end that `choose_weight` takes.

    Args:
        step: Step around the space, which holds the trained weights.
        held_out: Pairs to choose on; half and half where there are none.
        before: Weights of the space before training.
        known: Pairs on which the start must not get worse.
    """
    after = Weights.of(step.space)
    weight, groups = _UNTOLD, len(np.unique(held_out.pairs.groups))
    if groups:
        scores, kept = [], []
        for share in WEIGHTS:
            load_trained_state(step.space, before.towards(after, share))
            scores.append(group_scores(step, held_out.pairs, held_out.inputs))
            kept += [] if known is None else [group_scores(step, known.pairs, known.inputs)]
        weight = from_main(WEIGHTS[choose_weight(np.stack(scores), known=np.stack(kept) if kept else None)])
    load_trained_state(step.space, before.towards(after, weight))
    return MixedWithStart(weight, groups)


def choose_weight(scores: Float[np.ndarray, "w g"], *, known: Float[np.ndarray, "w k"] | None = None) -> int:
    """Row of the smallest weight whose scores fall short of the best weight's by no more than one standard error.

    What held-out cases cannot tell from the best is decided for the start, which knows more than they ask.

    Args:
        scores: Scores of each group by each weight, the weights ascending.
        known: Likewise where the start, the first weight, must not get worse: weights from the first on that lose more
            than a twentieth of its mean score there are not taken.

    Example:
        >>> choose_weight(np.array([[0.2, 0.3, 0.1], [0.6, 0.8, 0.6], [0.7, 0.7, 0.7]]))
        1
        >>> choose_weight(np.array([[0.2], [0.6], [0.7]]), known=np.array([[0.9], [0.9], [0.8]]))
        1
    """
    if known is not None:
        lost = known.mean(axis=1) < (1 - _LOSS) * known[0].mean()
        scores = scores[: int(lost.argmax()) if lost.any() else None]
    short = scores[scores.mean(axis=1).argmax()] - scores  # (w, g)
    error = short.std(axis=1) / np.sqrt(scores.shape[1])
    return int((short.mean(axis=1) <= error).argmax())
