"""`compute_features`: readouts of a corpus's images and texts by frozen towers, each computed once and kept."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.core.batched import batched
from lexiscope.core.case import Case
from lexiscope.core.files import sha256_json
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.feature_store import FeatureStore
from lexiscope.features.prefetch import prefetch
from lexiscope.features.processes import process_state
from lexiscope.models.encoder import Encoder
from lexiscope.models.joint import JointSpace
from lexiscope.views import View, ViewCache, load_batch

_IMAGES_AT_ONCE = 16  # more gain nothing on a CPU and little on a GPU at this size of tower
_TEXTS_AT_ONCE = 32
_ROWS_A_FILE = 256  # what a kill can cost

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Features:
    """Features of a corpus on disk, by image and by text.

    Args:
        images: Modality -> features of its images.
        texts: Features of texts.
    """

    images: Mapping[str, FeatureStore]
    texts: FeatureStore

    def of_images(self, cases: Sequence[Case]) -> tuple[dict[str, Float[Tensor, "b f"]], dict[str, Bool[Tensor, " b"]]]:
        """Modality -> features of cases, zeros where it is missing; and modality -> which cases have it."""
        features, present = {}, {}
        for modality, store in self.images.items():
            has_image = [modality in case.images for case in cases]
            present[modality] = torch.tensor(has_image, dtype=torch.bool)  # an empty list would be of floats
            rows = store.rows([case.images[modality].content for case in cases if modality in case.images])
            features[modality] = torch.zeros(len(cases), rows.shape[1])
            features[modality][present[modality]] = torch.from_numpy(rows)
        return features, present

    def of_texts(self, texts: Sequence[str]) -> Float[Tensor, "n f"]:
        """Features of texts, in their order."""
        return torch.from_numpy(self.texts.rows([_text_name(text) for text in texts]))


@torch.no_grad()  # not inference mode: what it makes can never be trained or sent to other processes
def compute_features(
    space: JointSpace,
    corpus: Corpus,
    *,
    cases: Sequence[Case],
    texts: Sequence[str],
    views: Mapping[str, View],
    mirror: bool = False,
    progress: Progress | None = None,
) -> Features:
    """Readouts of cases and texts by a space's frozen towers, kept in `.features/` of the corpus.

    Rows go by content, view and weights of the tower, so nothing stale is ever read and a later run, or one that was
    killed, computes only what is missing. Several processes share the work. The folder may be deleted at any time.

    Args:
        space: The joint space whose towers read.
        corpus: The corpus that holds the images' files.
        cases: Cases whose images are read.
        texts: Texts to read.
        views: View of each modality.
        mirror: Exchange left and right of every image.
        progress: Called after each batch.
    """
    space.eval().to(process_state().device)
    images = {
        modality: _image_store(space, corpus, cases, modality=modality, view=view, mirror=mirror, progress=progress)
        for modality, view in views.items()
    }
    return Features(images, _text_store(space, corpus, texts, progress=progress))


def fingerprint(module: nn.Module) -> str:
    """SHA-256 over names, shapes, types and values of all weights and buffers.

    Example:
        >>> fingerprint(nn.ReLU()) == fingerprint(nn.GELU())  # neither has weights
        True
    """
    digest = hashlib.sha256()
    for name, tensor in module.state_dict().items():
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


def readout_store(encoder: Encoder, corpus: Corpus, *, modality: str, view: View, mirror: bool = False) -> FeatureStore:
    """Readouts of the images of one modality by an encoder with a branch for each, as they are kept.

    Args:
        encoder: The encoder.
        corpus: The corpus that holds the images' files.
        modality: Name of the modality.
        view: View of its images.
        mirror: Of the images with left and right exchanged.
    """
    made_by = {
        "tower": fingerprint(encoder.tower(modality)),
        "readout": encoder.config.readout,
        "view": view.key,
        **({"mirror": True} if mirror else {}),
    }
    return FeatureStore(feature_folder(corpus, made_by), width=encoder.head(modality).mean.numel())


def _image_store(
    space: JointSpace,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    modality: str,
    view: View,
    mirror: bool,
    progress: Progress | None,
) -> FeatureStore:
    store = readout_store(space.image, corpus, modality=modality, view=view, mirror=mirror)
    by_content = {case.images[modality].content: case for case in cases if modality in case.images}
    cache = ViewCache(corpus.path / ".views")

    def load(contents: Sequence[str]) -> Tensor:
        images = load_batch(corpus, [by_content[c] for c in contents], {modality: view}, cache).images[modality]
        return images.flip(-1) if mirror else images

    def encode(pixels: Tensor) -> Tensor:
        pixels = pixels.to(space.device)  # (b, *view.shape)
        present = torch.ones(len(pixels), dtype=torch.bool, device=space.device)
        return space.image_features({modality: pixels}, {modality: present})[modality]  # (b, f)

    fill_store(
        store,
        list(by_content),
        load,
        encode,
        batch_size=_IMAGES_AT_ONCE,
        what=f"{modality} images seen",
        progress=progress,
    )
    return store


def _text_store(space: JointSpace, corpus: Corpus, texts: Sequence[str], *, progress: Progress | None) -> FeatureStore:
    made_by = {"tower": fingerprint(space.text), "levels": list(space.text.config.levels)}
    if space.text.config.pooling != "mean":
        made_by["pooling"] = space.text.config.pooling
    store = FeatureStore(feature_folder(corpus, made_by), width=space.text.width)
    words = {_text_name(text): text for text in texts}

    def load(names: Sequence[str]) -> list[str]:
        return [words[name] for name in names]

    by_length = sorted(words, key=lambda name: len(words[name]))  # so that little is spent on padding
    fill_store(
        store, by_length, load, space.text_features, batch_size=_TEXTS_AT_ONCE, what="texts read", progress=progress
    )
    return store


def fill_store(
    store: FeatureStore,
    keys: Sequence[str],
    load: Callable[[Sequence[str]], Batch],
    encode: Callable[[Batch], Tensor],
    *,
    batch_size: int,
    what: str,
    progress: Progress | None,
) -> None:
    """Compute this process's share of the missing rows, and wait for those of the others.

    Args:
        store: Store that the rows are added to.
        keys: Keys that should have a row.
        load: Function from keys to a batch; called from another thread.
        encode: Function from a batch to its rows.
        batch_size: Keys of a batch.
        what: Name of the work, for the progress.
        progress: Called after each batch.
    """
    together = process_state()
    # Shares go by all keys, not by the missing ones: another process may have added some before this one looked.
    missing = store.missing(list(dict.fromkeys(keys))[together.process_index :: together.num_processes])
    jobs = list(batched(missing, batch_size))
    names: list[str] = []
    made: list[Tensor] = []
    done = 0
    for job, batch in prefetch(load, jobs):
        done += len(job)
        names += job
        made.append(encode(batch).float().cpu())
        if len(names) >= _ROWS_A_FILE or job is jobs[-1]:
            store.add(names, torch.cat(made).numpy())
            names, made = [], []
        if progress is not None:
            progress(done, len(missing), what)
    together.wait_for_everyone()
    store.refresh()


def feature_folder(corpus: Corpus, made_by: Mapping[str, Any]) -> Path:
    """Folder of the rows that some settings made; it lies beside the corpus and may be deleted.

    Args:
        corpus: The corpus that the rows are about.
        made_by: Everything that decides the rows.
    """
    return corpus.path / ".features" / sha256_json(made_by)[:16]


def _text_name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
