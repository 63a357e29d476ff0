"""`load_batch`: the images of some cases as tensors, with a note of what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from jaxtyping import Bool, Float16
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.core.errors import ViewError
from lexiscope.core.image import Image
from lexiscope.views.cache import ViewCache
from lexiscope.views.view import View


class HoldsObjects(Protocol):
    """What `load_batch` needs of a corpus: where an image's file lies."""

    def object_path(self, image: Image) -> Path:
        """The file of an image."""
        ...


@dataclass(frozen=True, slots=True)
class ImageBatch:
    """The images of b cases: per modality a tensor `(b, *view.shape)` and who has it.

    Values stay float16, as they are kept on disk; the encoder widens them where it computes.
    """

    images: dict[str, Float16[Tensor, "b ..."]]
    present: dict[str, Bool[Tensor, " b"]]

    def to(self, device: torch.device | str) -> "ImageBatch":
        """The same batch on another device."""
        return ImageBatch(
            {name: x.to(device) for name, x in self.images.items()},
            {name: there.to(device) for name, there in self.present.items()},
        )


def load_batch(
    corpus: HoldsObjects,
    cases: Sequence[Case],
    views: Mapping[str, View],
    cache: ViewCache,
    *,
    augment: torch.Generator | None = None,
) -> ImageBatch:
    """The images of `cases` in the order of the cases, as the views prepare them.

    A modality that a case lacks is zeros with `present` False. Modalities without a view are left out.

    Args:
        augment: Draw a random variant of each image from this generator; None for evaluation.

    Raises:
        ViewError: an image that cannot be read or prepared; names the case and the modality.
    """
    images, present = {}, {}
    for modality, view in views.items():
        there = torch.tensor([modality in case.images for case in cases], dtype=torch.bool)
        x = torch.empty(len(cases), *view.shape, dtype=torch.float16)
        x[~there] = 0
        for row in there.nonzero().flatten().tolist():
            _load(corpus, cases[row], modality, view=view, cache=cache, out=x[row])
            if augment is not None:
                x[row] = view.augment(x[row].float(), augment)
        images[modality], present[modality] = x, there
    return ImageBatch(images, present)


def _load(corpus: HoldsObjects, case: Case, modality: str, *, view: View, cache: ViewCache, out: Tensor) -> None:
    image = case.images[modality]
    try:
        cache.read_into(out.numpy(), image, corpus.object_path(image), view)
    except ViewError as error:
        msg = f"case {case.id}, {modality}: {error}"
        raise ViewError(msg) from error
