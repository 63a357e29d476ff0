"""`validate_segmentation`: DSC per case on held-out cases; it decides which epoch is kept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.features.kept_token_maps import KeptTokenMaps
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.models.segmenter.windows import segment_case
from lexiscope.training.loop.loop import Validation
from lexiscope.views.case_store import CaseStore


def validate_segmentation(
    segmenter: Segmenter,
    cases: Sequence[Case],
    store: CaseStore,
    maps: KeptTokenMaps,
    sentences: Mapping[str, Tensor],
    *,
    window: Sequence[int],
    mirrors: Sequence[int] = (),
) -> Validation:
    """Mean DSC of the structures that cases have, each asked for by its name, at a probability of a half.

    Args:
        segmenter: Segmenter; it is set to eval mode and left there.
        cases: Held-out cases with masks.
        store: Prepared cases.
        maps: What a frozen tower says of them.
        sentences: Structure -> vector of its name.
        window: Sides of a window.
        mirrors: Axes to average mirrored copies along (`segment_case`).
    """
    segmenter.eval()
    found: dict[str, list[float]] = defaultdict(list)
    for case in cases:
        prepared = store.get(case, tuple(sentences))
        there = [name for name, mask in prepared.masks.items() if mask.any()]
        if not there:
            continue
        vectors = torch.stack([sentences[name] for name in there])
        read = segment_case(segmenter, prepared.images, vectors, window=window, maps=maps.of(case), mirrors=mirrors)
        for number, name in enumerate(there):
            found[name].append(dice(read.probability(number).numpy() > 0.5, np.asarray(prepared.masks[name])))
    means = {name: float(np.mean(values)) for name, values in sorted(found.items())}
    score = float(np.mean(list(means.values()))) if means else 0.0
    return Validation(score, {"dsc": score, **{f"dsc of {name}": value for name, value in means.items()}})


def dice(found: np.ndarray, truth: np.ndarray) -> float:
    """DSC, 2 |A and B| / (|A| + |B|), of two masks; 1 where both are empty.

    Example:
        >>> dice(np.array([True, True]), np.array([True, False])).__round__(3)
        0.667
    """
    sizes = int(found.sum()) + int(truth.sum())
    return 1.0 if not sizes else 2 * int((found & truth).sum()) / sizes
