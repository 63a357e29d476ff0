"""Sanity checks of maps (Adebayo et al. 2018): do they change when what the model learned is destroyed?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from lexiscope.core.progress import Progress
from lexiscope.interpret.saliency.agreement import rank_correlation, structural_similarity
from lexiscope.interpret.saliency.maps import Maps, maps_of
from lexiscope.interpret.saliency.shuffled_weights import layers_from_output, shuffled_weights
from lexiscope.interpret.subject import Cases, Differentiates, HoldsNetwork

STAGES = ("last third", "last two thirds", "all layers")
LABELS = "trained on shuffled labels"


@dataclass(frozen=True)
class Agreement:
    """How much the maps of a broken model agree with those of the trained one, case by case.

    Args:
        ranks: `(n,)`, rank correlation; NaN where a map is even all over or the case lacks the modality.
        structure: `(n,)`, SSIM, NaN likewise.
    """

    ranks: Float[np.ndarray, " n"]
    structure: Float[np.ndarray, " n"]


def agreements(
    subject: Differentiates,
    cases: Cases[Any],
    trained: Mapping[str, Maps],
    *,
    trained_on_shuffled: Differentiates | None,
    seed: int,
    progress: Progress | None,
) -> dict[tuple[str, str, str], Agreement]:
    """Name of a map, modality and what was broken -> agreement with the trained model's map.

    The weights are shuffled from the output on, a third of the layers more at each stage, where the subject holds its
    network. What labels taught is broken only where a model that was trained on shuffled ones is given.
    """
    found: dict[tuple[str, str, str], Agreement] = {}
    if isinstance(subject, HoldsNetwork):
        layers = layers_from_output(subject.network, lambda: _run(subject, cases.take([0])))
        for number, stage in enumerate(STAGES, start=1):
            some = layers[: -(-len(layers) * number // len(STAGES))]
            with shuffled_weights(some, seed=seed):
                found |= _compared(cases, trained, maps_of(subject, cases), stage)
            if progress is not None:
                progress(number, len(STAGES), "stages of shuffled weights")
    if trained_on_shuffled is not None:
        found |= _compared(cases, trained, maps_of(trained_on_shuffled, cases), LABELS)
    return found


def _run(subject: Differentiates, cases: Cases[Any]) -> None:
    with torch.no_grad():
        subject.score_of(cases, subject.images(cases))


def _compared(
    cases: Cases[Any], trained: Mapping[str, Maps], broken: Mapping[str, Maps], what: str
) -> dict[tuple[str, str, str], Agreement]:
    made = {}
    for name, maps in trained.items():
        for modality, values in maps.items():
            one, other = values.numpy(), broken[name][modality].numpy()
            ranks, structure = rank_correlation(one, other), structural_similarity(one, other)
            void = np.isnan(ranks) | ~present_in(cases, modality)
            ranks[void], structure[void] = np.nan, np.nan
            made[name, modality, what] = Agreement(ranks, structure)
    return made


def present_in(cases: Cases[Any], modality: str) -> np.ndarray:
    """`(n,)`, True where a case has the modality."""
    return np.asarray(cases.present.get(modality, np.ones(len(cases), dtype=bool)), dtype=bool)


def stages_of(found: Sequence[tuple[str, str, str]]) -> list[str]:
    """What was broken, in order."""
    return [stage for stage in (*STAGES, LABELS) if any(key[2] == stage for key in found)]
