"""`measure_epochs`: similarity, semantics and needs of a model after each of some epochs."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.core.progress import Progress
from lexiscope.interpret.evolution.epochs import Epochs
from lexiscope.interpret.evolution.needs import Needs, input_needs
from lexiscope.interpret.pooled import JoinedLevels, LevelFiles, Place, PooledLevels, pool_levels
from lexiscope.interpret.semantics.dissect import dissect
from lexiscope.interpret.semantics.levels import LevelSemantics, level_semantics
from lexiscope.interpret.similarity.compare import Comparison, PlaceComparer
from lexiscope.interpret.similarity.similarity import same_level
from lexiscope.interpret.subject import Cases, KnowsConcepts, Subject

_END = " in the end"  # added to the branch of a place of the last epoch


@dataclass(frozen=True)
class EpochMeasures:
    """A model after one epoch.

    Args:
        epoch: The epoch, 0 for the start.
        across: Modalities at levels of one name.
        to_end: Each place and itself after the last epoch.
        semantics: What modalities respond to, level by level; empty where no masks say what is where.
        needs: Its score, and what that loses without each input; None for a model that is not asked anything.
    """

    epoch: int
    across: Sequence[Comparison]
    to_end: Mapping[Place, Comparison]
    semantics: Sequence[LevelSemantics]
    needs: Needs | None


def measure_epochs(
    epochs: Epochs, cases: Cases[Any], *, seed: int = 0, progress: Progress | None = None
) -> list[EpochMeasures]:
    """Measures after each epoch, in their order; one model is open at a time.

    Args:
        epochs: Epochs to open, the last of them the end.
        cases: Cases that features are read of.
        seed: Seed of blocks, halves and shuffles.
    """
    order = sorted(epochs)
    with tempfile.TemporaryDirectory(prefix="lexiscope-epochs-") as folder:
        with epochs[order[-1]]() as subject, pool_levels(subject, cases) as pooled:
            end = _kept(pooled, Path(folder))
        made = []
        for epoch in order:
            with epochs[epoch]() as subject:
                made.append(_measured(epoch, subject, cases, end, seed))
            if progress is not None:
                progress(len(made), len(order), "epochs looked at")
    return made


def _measured(epoch: int, subject: Any, cases: Cases[Any], end: PooledLevels, seed: int) -> EpochMeasures:
    with pool_levels(subject, cases) as pooled:
        comparer = PlaceComparer(JoinedLevels((pooled, end)), cases.groups, seed)
        across = [comparer.compare(*pair) for pair in same_level(pooled.places)]
        to_end = {place: comparer.compare(place, _in_the_end(place)) for place in pooled.places}
    known = dissect(subject, cases, seed=seed) if isinstance(subject, KnowsConcepts) else []
    needs = input_needs(subject, cases, seed=seed) if isinstance(subject, Subject) else None
    return EpochMeasures(epoch, across, to_end, level_semantics(known, seed=seed), needs)


def _kept(pooled: PooledLevels, folder: Path) -> PooledLevels:
    files = {}
    for number, place in enumerate(pooled.places):
        files[_in_the_end(place)] = folder / f"{number}.f32"
        np.asarray(pooled.read(place), dtype=np.float32).tofile(folder / f"{number}.f32")
    return LevelFiles(files, {_in_the_end(place): mask for place, mask in pooled.present.items()})


def _in_the_end(place: Place) -> Place:
    return place[0] + _END, place[1]
