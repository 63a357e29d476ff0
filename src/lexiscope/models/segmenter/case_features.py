"""`case_features`: what a segmenter's stems and trunk make of a case, without any sentence."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from lexiscope.models.encoder import FUSED
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.models.segmenter.windows import body_of, cut_window, filled_places

_WINDOWS = 8  # evenly taken: a few tell what an image is


@torch.inference_mode()
def case_features(
    segmenter: Segmenter, images: Mapping[str, Float[np.ndarray, "c z y x"]], *, window: tuple[int, ...]
) -> dict[str, Float32[np.ndarray, "1 f"]]:
    """Mean and standard deviation of every channel of every level, over the places of some windows, by branch.

    Args:
        segmenter: Segmenter in eval mode.
        images: Modality -> prepared image (`CaseGrid`); modalities that the case lacks are left out.
        window: Sides of a window, (y, x) or (z, y, x).

    Returns:
        Modality -> its features, or "fused" where modalities are stacked; nothing for a case of nothing but air.
    """
    body = body_of(images)
    sides = [min(side, n) for side, n in zip(window, body.shape[-segmenter.config.dims :], strict=True)]
    places = filled_places(body, sides, overlap=0.0)
    if not places:
        return {}
    chosen = [places[number] for number in np.unique(np.linspace(0, len(places) - 1, _WINDOWS).round().astype(int))]
    cut = {
        name: torch.stack([cut_window(image, place, sides, segmenter) for place in chosen]).to(segmenter.device)
        for name, image in images.items()
    }
    present = {name: torch.ones(len(chosen), dtype=torch.bool, device=segmenter.device) for name in cut}
    if segmenter.stack is not None:
        return {FUSED: _summary(segmenter.encode(cut, present).levels)}
    return {name: _summary(segmenter.encode({name: x}, {name: present[name]}).levels) for name, x in cut.items()}


def _summary(levels: list[Float[Tensor, "b 1 c ..."]]) -> Float32[np.ndarray, "1 f"]:
    flat = [level[:, 0].flatten(2) for level in levels]  # each (b, c, places)
    told = [torch.cat([x.mean(dim=2), x.std(dim=2, correction=0)], dim=1) for x in flat]
    made: np.ndarray = torch.cat(told, dim=1).mean(dim=0, keepdim=True).float().cpu().numpy()
    return made
