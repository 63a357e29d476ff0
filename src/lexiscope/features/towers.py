"""Features of a corpus from frozen towers: each image and each text once, whatever is trained on them later."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.core.case import Case
from lexiscope.core.files import sha256_json
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.feature_store import FeatureStore
from lexiscope.features.prefetch import prefetch
from lexiscope.features.processes import process_state
from lexiscope.models.joint import JointSpace
from lexiscope.views import View, ViewCache, load_batch

_IMAGES = 16  # a forward pass; larger ones gain nothing on a CPU and little on a GPU at this size of tower
_TEXTS = 32
_KEPT = 256  # rows a file: what a kill can cost

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Features:
    """The kept features of a corpus, by image and by text."""

    images: Mapping[str, FeatureStore]
    texts: FeatureStore

    def of_images(self, cases: Sequence[Case]) -> tuple[dict[str, Float[Tensor, "b f"]], dict[str, Bool[Tensor, " b"]]]:
        """Per modality the features of cases, zeros where it is missing, and who has it."""
        features, present = {}, {}
        for modality, store in self.images.items():
            there = [modality in case.images for case in cases]
            present[modality] = torch.tensor(there, dtype=torch.bool)  # an empty list would be of floats
            rows = store.rows([case.images[modality].content for case in cases if modality in case.images])
            features[modality] = torch.zeros(len(cases), rows.shape[1])
            features[modality][present[modality]] = torch.from_numpy(rows)
        return features, present

    def of_texts(self, texts: Sequence[str]) -> Float[Tensor, "n f"]:
        """The features of texts."""
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
    """What the space's towers say about cases and texts; kept in `.features/` of the corpus, which may be deleted.

    Rows go by content, view and weights of the tower, so nothing stale is ever read and a later run, or one that was
    killed, computes only what is missing. Several processes share the work.

    Args:
        mirror: Show every image with left and right exchanged.
    """
    space.eval().to(process_state().device)
    images = {
        modality: _image_store(space, corpus, cases, modality=modality, view=view, mirror=mirror, progress=progress)
        for modality, view in views.items()
    }
    return Features(images, _text_store(space, corpus, texts, progress=progress))


def fingerprint(module: nn.Module) -> str:
    """SHA-256 over names, shapes, types and values of all weights and buffers."""
    digest = hashlib.sha256()
    for name, tensor in module.state_dict().items():
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


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
    made_by = {
        "tower": fingerprint(space.image.tower(modality)),
        "readout": space.image.config.readout,
        "view": view.key,
        **({"mirror": True} if mirror else {}),
    }
    store = FeatureStore(feature_folder(corpus, made_by), width=space.image.head(modality).mean.numel())
    by_content = {case.images[modality].content: case for case in cases if modality in case.images}
    cache = ViewCache(corpus.path / ".views")

    def load(contents: Sequence[str]) -> Tensor:
        seen = load_batch(corpus, [by_content[c] for c in contents], {modality: view}, cache).images[modality]
        return seen.flip(-1) if mirror else seen

    def encode(pixels: Tensor) -> Tensor:
        pixels = pixels.to(space.device)  # (b, *view.shape)
        there = torch.ones(len(pixels), dtype=torch.bool, device=space.device)
        return space.image_features({modality: pixels}, {modality: there})[modality]  # (b, f)

    fill_store(store, list(by_content), load, encode, rows=_IMAGES, what=f"{modality} images seen", progress=progress)
    return store


def _text_store(space: JointSpace, corpus: Corpus, texts: Sequence[str], *, progress: Progress | None) -> FeatureStore:
    made_by = {"tower": fingerprint(space.text), "levels": list(space.text.config.levels)}
    store = FeatureStore(feature_folder(corpus, made_by), width=space.text.width)
    words = {_text_name(text): text for text in texts}

    def load(names: Sequence[str]) -> list[str]:
        return [words[name] for name in names]

    by_length = sorted(words, key=lambda name: len(words[name]))  # so that little is spent on padding
    fill_store(store, by_length, load, space.text_features, rows=_TEXTS, what="texts read", progress=progress)
    return store


def fill_store(
    store: FeatureStore,
    keys: Sequence[str],
    load: Callable[[Sequence[str]], Batch],
    encode: Callable[[Batch], Tensor],
    *,
    rows: int,
    what: str,
    progress: Progress | None,
) -> None:
    """Compute this process's share of the missing rows, and wait for those of the others.

    Args:
        load: From keys to what `encode` takes; called from another thread.
        encode: To rows of the store.
        rows: Keys at once.
        what: For the progress.
    """
    together = process_state()
    # Shares go by all keys, not by the missing ones: another process may have added some before this one looked.
    missing = store.missing(list(dict.fromkeys(keys))[together.process_index :: together.num_processes])
    jobs = [missing[start : start + rows] for start in range(0, len(missing), rows)]
    names: list[str] = []
    made: list[Tensor] = []
    done = 0
    for job, batch in prefetch(load, jobs):
        done += len(job)
        names += job
        made.append(encode(batch).float().cpu())
        if len(names) >= _KEPT or job is jobs[-1]:
            store.add(names, torch.cat(made).numpy())
            names, made = [], []
        if progress is not None:
            progress(done, len(missing), what)
    together.wait_for_everyone()
    store.refresh()


def feature_folder(corpus: Corpus, made_by: Mapping[str, Any]) -> Path:
    """Where rows lie that were made by these settings; beside the corpus, and free to be deleted."""
    return corpus.path / ".features" / sha256_json(made_by)[:16]


def _text_name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
