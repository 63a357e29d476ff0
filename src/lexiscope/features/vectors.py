"""`case_vectors`: unit vectors of cases in a joint space."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from lexiscope.core.batched import batched
from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.prefetch import prefetch
from lexiscope.features.towers import compute_features
from lexiscope.models.joint import JointSpace
from lexiscope.views import ImageBatch, View, ViewCache, load_batch

_IMAGES_AT_ONCE = 16  # more gain nothing on a CPU
_FEATURES_AT_ONCE = 1024


def case_vectors(
    joint: JointSpace,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    views: Mapping[str, View],
    progress: Progress | None = None,
) -> Float32[np.ndarray, "n d"]:
    """Unit vectors of the images of cases, in the order of the cases.

    Prepared images and, where every modality has its own branch, the towers' readouts of them are kept beside the
    corpus: a model that was aligned on frozen towers embeds the corpus it learned from without seeing an image again.

    Args:
        joint: The joint space.
        corpus: The corpus that holds the images' files.
        cases: Cases with an image of at least one modality of the views.
        views: View of each modality.
        progress: Called after each batch.

    Raises:
        ViewError: an image that cannot be read or prepared.
    """
    separate = joint.image.branches == joint.image.modalities
    embed = _project_features if separate else _embed_pixels
    vectors = np.empty((len(cases), joint.width), dtype=np.float32)
    done = 0
    with torch.inference_mode():
        for batch in embed(joint, corpus, cases, views, progress):
            vectors[done : done + len(batch)] = batch.float().cpu().numpy()
            done += len(batch)
    return vectors


def _project_features(
    joint: JointSpace, corpus: Corpus, cases: Sequence[Case], views: Mapping[str, View], progress: Progress | None
) -> Iterator[Float[Tensor, "b d"]]:
    kept = compute_features(joint, corpus, cases=cases, texts=(), views=views, progress=progress)
    for rows in batched(cases, _FEATURES_AT_ONCE):
        batch = ImageBatch(*kept.of_images(rows)).to(joint.device)
        yield joint.project_images(batch.images, batch.present)


def _embed_pixels(
    joint: JointSpace, corpus: Corpus, cases: Sequence[Case], views: Mapping[str, View], progress: Progress | None
) -> Iterator[Float[Tensor, "b d"]]:
    cache, done = ViewCache(corpus.path / ".views"), 0
    for rows, batch in prefetch(lambda rows: load_batch(corpus, rows, views, cache), batched(cases, _IMAGES_AT_ONCE)):
        moved = batch.to(joint.device)
        yield joint.embed_images(moved.images, moved.present)
        done += len(rows)
        if progress:
            progress(done, len(cases), "embedding images")
