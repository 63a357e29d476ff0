"""`best_tower`: the image tower that the name "auto" stands for, the best of those on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from lexiscope.core.errors import ModelError, WeightsError
from lexiscope.models.towers.pretrained import PretrainedTower
from lexiscope.models.weights import WeightsSource, in_hub_cache, resolve

AUTO = "auto"
OFFLINE = "dinov2-small-focus"
"""Tower that travels in a package, for machines without a better one."""

RANKED: Mapping[str, int] = {
    "facebook/dinov3-vitb16-pretrain-lvd1689m": 86,
    "facebook/dinov3-vits16-pretrain-lvd1689m": 22,
    "facebook/dinov2-large": 304,
    "facebook/dinov2-base": 87,
    "facebook/dinov2-small": 22,
    "google/siglip2-so400m-patch14-384": 428,
    "google/siglip2-large-patch16-256": 316,
    "google/siglip2-base-patch16-224": 93,
    "google/siglip-so400m-patch14-384": 428,
    "google/siglip-base-patch16-224": 93,
}
"""Hub names, the best first, with the millions of parameters of the image half: DINOv3, DINOv2, SigLIP 2, SigLIP.

Self-supervised towers go first since their features serve most where nothing but a head is trained on them
(https://arxiv.org/abs/2304.07193, https://arxiv.org/abs/2508.10104), and the larger before the smaller.
"""
_FIRST, _PACKAGED = "the first in rank of those on this machine", "the one that travels in a package"
_SLOW = 100  # millions of parameters: seconds for each image without an accelerator


@dataclass(frozen=True)
class ChosenTower:
    """Image tower with the settings that rebuild it, and where it came from.

    Args:
        settings: Settings for `build_tower`.
        tower: The tower, with its weights.
        source: Its weights.
        why: Reason why it was taken, with what was looked for; empty for a tower that was named.
    """

    settings: dict[str, Any]
    tower: PretrainedTower
    source: WeightsSource
    why: str = ""

    @property
    def origin(self) -> dict[str, str]:
        """Origin of the weights for the record and the model card, with a sentence on a choice."""
        origin = self.source.to_dict()
        if not self.why:
            return origin
        taken = f"{self.source.name} ({self.source.licence}) was taken as image tower"
        return {**origin, "chosen": f"{taken}: {self.why}"}


def load_tower(name: str, *, allow_download: bool = False) -> ChosenTower:
    """The image tower of a name, or with "auto" the best on this machine.

    Raises:
        WeightsError: no such weights, or they cannot be read.
        ModelError: the model is no image model.
    """
    if name == AUTO:
        return best_tower()
    source = resolve(name, allow_download=allow_download)
    return ChosenTower(*PretrainedTower.load(source), source)


def best_tower() -> ChosenTower:
    """The first of `RANKED` that is whole in the local hub cache, else the packaged tower; nothing is downloaded.

    Large ones are passed over where there is no accelerator.

    Raises:
        WeightsError: none is there, and the package is not installed either.
    """
    absent: list[str] = []
    passed: list[str] = []
    for name, millions in RANKED.items():
        source = None
        try:
            source = in_hub_cache(name)
            if source is None:
                absent.append(name)
            elif millions > _SLOW and not torch.accelerator.is_available():
                passed.append(f"{name} (too slow without an accelerator: {millions} M parameters)")
            else:
                return ChosenTower(*PretrainedTower.load(source), source, _why(_FIRST, absent, passed))
        except (WeightsError, ModelError) as error:
            passed.append(f"{name} ({_reason(error, source)})")
    source = resolve(OFFLINE)
    return ChosenTower(*PretrainedTower.load(source), source, _why(_PACKAGED, absent, passed))


def _reason(error: Exception, source: WeightsSource | None) -> str:
    """What is wrong, without the advice and without the path, which means nothing on another machine."""
    told = str(error).partition(";")[0]
    return told if source is None else told.replace(f" at {source.path}", "")


def _why(reason: str, absent: list[str], passed: list[str]) -> str:
    parts = [reason]
    parts += [f"passed over: {', '.join(passed)}"] if passed else []
    parts += [f"not in the hub cache: {', '.join(absent)}"] if absent else []
    return "; ".join(parts)
