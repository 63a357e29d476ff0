"""Cases and texts as unit vectors of a model's joint space."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32

from lexiscope.core.batched import batched
from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.vectors import case_vectors
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.sources.paths import check_regular
from lexiscope.sources.pixels import read_header, read_pixels
from lexiscope.sources.steady import steady
from lexiscope.views import ImageBatch, View

_TEXTS = 64


def require_readable(model: ModelDirectory, corpus: Corpus) -> None:
    """Check that a model reads at least one modality of a corpus that has images.

    Raises:
        UsageError: it reads none of them; the message names both sides.
    """
    modalities = sorted({image["modality"] for row in corpus.rows(columns=["images"]) for image in row["images"]})
    reads = sorted(model.views())
    if modalities and not set(modalities) & set(reads):
        msg = f"the model reads {', '.join(reads)}, but the images of {corpus.path} are {', '.join(modalities)}"
        raise UsageError(f"{msg}; modalities go by name: train on this corpus, or build it with the model's names")


def embed_cases(
    model: ModelDirectory,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    joint: JointSpace | None = None,
    progress: Progress | None = None,
) -> Float32[np.ndarray, "n d"]:
    """Unit vectors of the images of cases, in the order of the cases.

    Prepared images and, where every modality has its own branch, their features are kept beside the corpus: a model
    that was aligned on frozen towers embeds the corpus it learned from without seeing an image again.

    Args:
        model: Model that embeds.
        corpus: Corpus that holds the cases.
        cases: Cases with an image of at least one modality that the model reads.
        joint: Joint space of the model when it is loaded already.
        progress: Called with the cases embedded so far.

    Raises:
        UsageError: a case without such an image.
        ViewError: an image that cannot be read or prepared.
        ModelError: the model has no joint space.
    """
    joint, views = joint or model.joint(), model.views()
    bare = next((case.id for case in cases if not views.keys() & case.images.keys()), None)
    if bare is not None:
        raise UsageError(f"case {bare} has no {' or '.join(sorted(views))}, which the model reads; leave it out")
    return case_vectors(joint, corpus, cases, views=views, progress=progress)


def embed_texts(
    joint: JointSpace, texts: Sequence[str], *, progress: Progress | None = None
) -> Float32[np.ndarray, "n d"]:
    """Unit vectors of texts, in the order of the texts."""
    # Texts of like length share a batch, so that little is spent on padding.
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    vectors = np.empty((len(texts), joint.width), dtype=np.float32)
    done = 0
    with torch.inference_mode():
        for rows in batched(order, _TEXTS):
            batch = joint.embed_texts([texts[row] for row in rows])  # (b, d)
            vectors[list(rows)] = batch.float().cpu().numpy()
            done += len(rows)
            if progress:
                progress(done, len(texts), "embedding texts")
    return vectors


def embed_image_file(
    joint: JointSpace, views: Mapping[str, View], path: Path, *, modality: str | None = None
) -> Float32[np.ndarray, " d"]:
    """Unit vector of one image file that belongs to no corpus, (d,).

    Args:
        joint: Joint space that embeds.
        views: Views of the model, by modality.
        path: Image file.
        modality: What the image shows; may be left out when the model reads one modality.

    Raises:
        UsageError: the model reads several modalities and none, or an unknown one, is named.
        SourceError: the file is no image, is damaged or too large.
    """
    name = _choose_modality(views, modality)
    check_regular(path)
    with steady(path):
        header = read_header(path)
        prepared = views[name].prepare(read_pixels(path), header.spacing)
    images = {other: torch.zeros(1, *view.shape) for other, view in views.items()}
    images[name][0] = torch.from_numpy(prepared.astype("float32"))
    present = {other: torch.tensor([other == name]) for other in views}
    batch = ImageBatch(images, present).to(joint.device)
    with torch.inference_mode():
        return joint.embed_images(batch.images, batch.present)[0].float().cpu().numpy()


def _choose_modality(views: Mapping[str, View], modality: str | None) -> str:
    names = ", ".join(sorted(views))
    if modality is not None and modality not in views:
        raise UsageError(f"the model reads {names}, got modality {modality!r}; name one of these")
    if modality is None and len(views) > 1:
        raise UsageError(
            f"the model reads several modalities; say what the image shows with --modality, one of {names}"
        )
    return modality or next(iter(views))
