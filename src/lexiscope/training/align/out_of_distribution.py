"""`measure_training`: what the features of training cases are like, so that others can be told from them."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float32

from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.branches import branch_features
from lexiscope.models.joint import JointSpace
from lexiscope.models.ood_detector import MOST_CASES, OodDetector
from lexiscope.views import View


def measure_training(
    space: JointSpace,
    corpus: Corpus,
    *,
    training: Sequence[Case],
    held_out: Sequence[Case],
    views: Mapping[str, View],
    seed: int,
    progress: Progress | None = None,
) -> OodDetector | None:
    """A detector of images that are unlike those of the training; None without held-out cases.

    Args:
        space: Trained joint space.
        corpus: Corpus of the cases.
        training: Cases that were learned from; some of many are drawn.
        held_out: Cases of the split "val"; likewise.
        views: View of each modality.
        seed: Seed of the draws.
        progress: Called with the images read.
    """
    if not training or not held_out:
        return None
    drawn, others = _drawn(training, seed=seed), _drawn(held_out, seed=seed)
    known, new = (_known(space, corpus, cases, views=views, progress=progress) for cases in (drawn, others))
    return OodDetector.of(known, new, [case.group for case in others])


def _drawn(cases: Sequence[Case], *, seed: int) -> list[Case]:
    if len(cases) <= MOST_CASES:
        return list(cases)
    rows = np.random.default_rng(seed).choice(len(cases), MOST_CASES, replace=False)
    return [cases[row] for row in np.sort(rows)]


def _known(
    space: JointSpace,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    views: Mapping[str, View],
    progress: Progress | None,
) -> dict[str, Float32[np.ndarray, "n f"]]:
    """Branch -> features, NaN where it is missing."""
    features, present = branch_features(space, corpus, cases, views=views, progress=progress)
    return space.image.known_features(features, present)
