"""`SegmentStep`: the losses of one step of training a segmenter."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.segment.rows import COMPARED

_PRESENCE = 0.2  # weight of the presence head's loss beside that of the masks
_SMOOTH = 1e-3  # of the places of a window, added above and below the fraction line of Dice
_DEEP = 0.5  # weight of each coarser resolution, of the one before


class SegmentStep(nn.Module):
    """Cross entropy and soft Dice of each mask at every resolution, presence, agreement of two wordings, and teaching.

    Args:
        segmenter: Segmenter to train.
        agreement: Weight of the mean squared difference between masks of two wordings of the same, where a batch has
            them; 0 never compares.
        distillation: Weight of `_taught`, for rows that carry what was left out of them; 0 saves a pass.
    """

    def __init__(self, segmenter: Segmenter, *, agreement: float = 0.0, distillation: float = 0.0) -> None:
        super().__init__()
        self.segmenter = segmenter
        self.agreement = agreement
        self.distillation = distillation

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Loss]:
        """Losses of a batch of `SegmentRows`."""
        target = batch["masks"].float()
        sentences = batch["sentences"]
        compares = self.agreement > 0 and "others" in batch
        if compares:
            sentences = torch.cat([sentences, batch["others"][:, :1]], dim=1)  # the structure that is asked for first
        output = self.segmenter(batch["images"], batch["present"], sentences, batch["tokens"])
        k = target.shape[1]
        masks, chance, weight = target.new_zeros(()), target.new_zeros(()), 1.0
        scales = (output.masks, *output.coarse)
        for logits in scales:
            fitted = _fitted(target, logits.shape[2:])
            masks = masks + weight * mask_loss(logits[:, :k], fitted)
            chance = chance + weight * chance_of_masks(fitted)
            weight *= _DEEP
        total = sum(_DEEP**number for number in range(len(scales)))
        losses = {"mask": Loss(masks / total, chance / total)}
        losses["presence"] = _presence(output.presence[:, :k], batch["shown"])
        if compares:
            apart = (output.masks[:, 0].sigmoid() - output.masks[:, k].sigmoid()).square().mean()
            losses["agreement"] = Loss(self.agreement / COMPARED * apart, torch.zeros_like(apart))
        if self.distillation:
            apart = self._taught(output.masks[:, :k], batch)
            losses["distillation"] = Loss(self.distillation * apart, torch.zeros_like(apart))
        return losses

    def _taught(self, logits: Float[Tensor, "b k ..."], batch: Mapping[str, Any]) -> Float[Tensor, ""]:
        """Mean divergence of a subset's masks from those that the same weights make of all the case's modalities.

        Soft targets of a teacher are knowledge distillation (https://arxiv.org/abs/1503.02531); that one network
        teaches itself, from more modalities to fewer, is known from the segmentation of brain tumours
        (https://arxiv.org/abs/2303.05302). Here the teacher is the network of this very step, and gets no gradient.
        """
        present, whole = batch["present"], batch["whole"]
        taught = torch.stack([whole[name] & ~present[name] for name in present]).any(dim=0)
        if not bool(taught.any()):
            return 0.0 * logits.sum()
        seen = [{name: x[taught] for name, x in part.items()} for part in (batch["images"], whole, batch["tokens"])]
        with torch.no_grad():
            told = self.segmenter(seen[0], seen[1], batch["sentences"][taught], seen[2]).masks
        return divergence(logits[taught], told)


def divergence(logits: Float[Tensor, "..."], teacher: Float[Tensor, "..."]) -> Float[Tensor, ""]:
    """Mean Kullback-Leibler divergence of probabilities from a teacher's, each of one place; both given as logits.

    Example:
        >>> divergence(torch.tensor([0.3]), torch.tensor([0.3])).item().__round__(6)
        0.0
    """
    soft = teacher.sigmoid()
    cross, own = (functional.binary_cross_entropy_with_logits(x, soft) for x in (logits, teacher))
    return cross - own


def mask_loss(logits: Float[Tensor, "b k ..."], target: Float[Tensor, "b k ..."]) -> Float[Tensor, ""]:
    """Binary cross entropy and one less soft Dice (https://arxiv.org/abs/1606.04797), each over each mask alone.

    Dice is smoothed by a thousandth of the window: with less, any few pixels of a structure that is absent cost as much
    as all of them, and nothing is learned from that.

    Example:
        >>> sure = torch.tensor([[[9.0, -9.0]]])
        >>> bool(mask_loss(sure, torch.tensor([[[1.0, 0.0]]])) < 0.001)
        True
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, target)
    p, t = logits.sigmoid().flatten(2), target.flatten(2)
    smooth = _SMOOTH * t.shape[2]
    dice = (2 * (p * t).sum(dim=2) + smooth) / (p.sum(dim=2) + t.sum(dim=2) + smooth)
    return entropy + (1 - dice).mean()


def chance_of_masks(target: Float[Tensor, "b k ..."]) -> Float[Tensor, ""]:
    """Chance level of `mask_loss`, of one value everywhere: for the cross entropy the share of the batch, for Dice the
    better of nothing and everything.
    """
    share = target.mean().clamp(1e-6, 1 - 1e-6)
    entropy = -(share * share.log() + (1 - share) * (1 - share).log())
    t, n = target.flatten(2).sum(dim=2), target.flatten(2).shape[2]
    smooth = _SMOOTH * n
    dice = torch.maximum((smooth / (t + smooth)).mean(), ((2 * t + smooth) / (n + t + smooth)).mean())
    return entropy + 1 - dice


def _presence(logits: Float[Tensor, "b k"], shown: Bool[Tensor, "b k"]) -> Loss:
    target = shown.float()
    share = target.mean().clamp(1e-6, 1 - 1e-6)
    chance = -(share * share.log() + (1 - share) * (1 - share).log())
    return Loss(_PRESENCE * functional.binary_cross_entropy_with_logits(logits, target), _PRESENCE * chance)


def _fitted(target: Tensor, shape: torch.Size) -> Tensor:
    """Masks on a coarser grid: the share of each place that they cover."""
    if target.shape[2:] == shape:
        return target
    if len(shape) == 2:
        return functional.adaptive_avg_pool2d(target, (shape[0], shape[1]))
    return functional.adaptive_avg_pool3d(target, (shape[0], shape[1], shape[2]))
