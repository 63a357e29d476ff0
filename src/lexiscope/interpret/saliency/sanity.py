"""Sanity checks of maps (Adebayo et al. 2018): do they change when what the model learned is destroyed?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from lexiscope.interpret.saliency.agreement import rank_correlation, structural_similarity
from lexiscope.interpret.saliency.maps import INTEGRATED, Maps, maps_of
from lexiscope.interpret.saliency.shuffled_weights import layers_from_output, shuffled_weights
from lexiscope.interpret.saliency.steps import Steps
from lexiscope.interpret.subject import Cases, Differentiates, HoldsNetwork, ReadsSlices

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


def checked_slices(subject: Differentiates, maps: Mapping[str, Maps]) -> dict[str, list[int]]:
    """Modality that is read slice by slice -> the slice of each case in which most of its integrated gradients lie."""
    sliced = subject.sliced if isinstance(subject, ReadsSlices) else frozenset[str]()
    return {
        name: values.abs().flatten(2).sum(dim=2).argmax(dim=1).tolist()
        for name, values in maps[INTEGRATED].items()
        if name in sliced and values.shape[1] > 1
    }


def checked_stages(subject: Differentiates, cases: Cases[Any]) -> tuple[str, ...]:
    """Some of `STAGES`: the last alone for a single case, none where the subject does not hold its network."""
    if not isinstance(subject, HoldsNetwork):
        return ()
    return STAGES if len(cases) > 1 else STAGES[-1:]


def agreements(
    subject: Differentiates,
    cases: Cases[Any],
    trained: Mapping[str, Maps],
    *,
    slices: Mapping[str, Sequence[int]],
    trained_on_shuffled: Differentiates | None,
    seed: int,
    steps: Steps,
) -> dict[tuple[str, str, str], Agreement]:
    """Name of a map, modality and what was broken -> agreement with the trained model's map.

    The weights are shuffled from the output on, a third of the layers more at each of `checked_stages`. What labels
    taught is broken only where a model that was trained on shuffled ones is given.

    Args:
        subject: The trained model.
        cases: Cases.
        trained: Its maps of all slices.
        slices: Where not empty, maps are compared of cases that have these slices alone.
        trained_on_shuffled: The same model, trained on shuffled labels.
        seed: Seed of shuffled weights.
        steps: Counts the maps.
    """
    if slices:
        trained = maps_of(subject, cases, slices=slices, steps=steps)
    found: dict[tuple[str, str, str], Agreement] = {}
    if isinstance(subject, HoldsNetwork):
        layers = layers_from_output(subject.network, lambda: _run(subject, cases.take([0])))
        for stage in checked_stages(subject, cases):
            some = layers[: -(-len(layers) * (STAGES.index(stage) + 1) // len(STAGES))]
            with shuffled_weights(some, seed=seed):
                found |= _compared(cases, trained, maps_of(subject, cases, slices=slices, steps=steps), stage)
    if trained_on_shuffled is not None:
        broken = maps_of(trained_on_shuffled, cases, slices=slices, steps=steps)
        found |= _compared(cases, trained, broken, LABELS)
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
