"""`drop_modalities`: a random part of a case's modalities is left out of a step, and at least one stays."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor


def drop_modalities(
    present: Mapping[str, Bool[Tensor, " b"]], *, share: float, rng: np.random.Generator
) -> dict[str, Bool[Tensor, " b"]]:
    """Masks of the modalities that each case keeps after some were left out.

    Every modality that a case has goes with probability `share`, each on its own; a case that would lose all of them
    keeps one, drawn evenly among those it has. Models see no difference between this and a scan that was never made.

    Args:
        present: Modality -> mask of the cases that have it.
        share: Probability of leaving out each modality.
        rng: Generator of the draws.

    Example:
        >>> present = {"t1": torch.tensor([True, True]), "t2": torch.tensor([True, False])}
        >>> kept = drop_modalities(present, share=0.9, rng=np.random.default_rng(0))
        >>> bool((kept["t1"] | kept["t2"]).all())
        True
    """
    names = sorted(present)  # the same draws whatever the order of the mapping
    has = torch.stack([present[name] for name in names], dim=1).numpy()  # (b, m)
    draws = rng.random(has.shape)
    kept = has & (draws >= share)
    stays = np.where(has, draws, -1.0).argmax(axis=1)  # (b,): of what a case has, the one whose draw was largest
    kept[np.arange(len(has)), stays] = has[np.arange(len(has)), stays]
    return {name: torch.from_numpy(kept[:, column]) for column, name in enumerate(names)}
