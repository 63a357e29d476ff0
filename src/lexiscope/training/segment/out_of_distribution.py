"""`measure_training`: what a segmenter's features of training cases are like, so that others can be told from them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.models.ood_detector import OodDetector
from lexiscope.models.segmenter.case_features import case_features
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.views.case_store import CaseStore

_CASES = 128  # of training and of held-out cases that are read, evenly taken


def measure_training(
    segmenter: Segmenter,
    store: CaseStore,
    *,
    training: Sequence[Case],
    held_out: Sequence[Case],
    window: tuple[int, ...],
    progress: Progress | None = None,
) -> OodDetector | None:
    """A detector of images that are unlike those of the training; None without held-out cases.

    Args:
        segmenter: Trained segmenter; it is set to eval mode.
        store: Prepared cases.
        training: Cases that were learned from.
        held_out: Cases of the split "val".
        window: Sides of a window.
        progress: Called with the cases read.
    """
    if not held_out:
        return None
    segmenter.eval()
    known, others = ([*cases[:: -(-len(cases) // _CASES)]] for cases in (training, held_out))
    read = []
    for number, case in enumerate([*known, *others], start=1):
        read.append(case_features(segmenter, store.get(case, ()).images, window=window))
        if progress:
            progress(number, len(known) + len(others), "cases read once more")
    groups = [case.group for case in others]
    return OodDetector.of(_by_branch(read[: len(known)]), _by_branch(read[len(known) :]), groups)


def _by_branch(read: Sequence[dict[str, Float32[np.ndarray, "1 f"]]]) -> dict[str, Float32[np.ndarray, "n f"]]:
    """Branch -> a row for each case, NaN where a case lacks it."""
    like = {name: x for features in read for name, x in features.items()}
    return {
        name: np.concatenate([features.get(name, np.full_like(x, np.nan)) for features in read])
        for name, x in like.items()
    }
