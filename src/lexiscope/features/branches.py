"""`branch_features`: readouts of cases by the branches of a joint space's image encoder."""

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lexiscope.core.batched import batched
from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.prefetch import prefetch
from lexiscope.features.towers import compute_features
from lexiscope.models.joint import JointSpace
from lexiscope.views import View, ViewCache, load_batch

_IMAGES = 16


@torch.no_grad()
def branch_features(
    joint: JointSpace,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    views: Mapping[str, View],
    mirror: bool = False,
    progress: Progress | None = None,
) -> tuple[dict[str, Float[Tensor, "n f"]], dict[str, Bool[Tensor, " n"]]]:
    """Readouts of each branch before its head, and which cases have each modality.

    With late fusion they are kept beside the corpus, so a case that was trained on is not read again.

    Args:
        joint: Joint space.
        corpus: Corpus that holds the cases.
        cases: At least one; each has an image of one of the views.
        views: Views of the model, by modality.
        mirror: Read every image with left and right exchanged.
        progress: Called with the images read so far.
    """
    if joint.image.branches == joint.image.modalities:
        kept = compute_features(joint, corpus, cases=cases, texts=(), views=views, mirror=mirror, progress=progress)
        return kept.of_images(cases)
    load = partial(load_batch, corpus, views=views, cache=ViewCache(corpus.path / ".views"))
    read, done = [], 0
    for some, batch in prefetch(load, list(batched(cases, _IMAGES))):
        moved = batch.to(joint.device)
        images = {name: x.flip(-1) for name, x in moved.images.items()} if mirror else moved.images
        features = joint.image_features(images, moved.present)
        read.append(({name: x.float().cpu() for name, x in features.items()}, batch.present))
        done += len(some)
        if progress:
            progress(done, len(cases), "images seen")
    return _joined([features for features, _ in read]), _joined([present for _, present in read])


def _joined(parts: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
