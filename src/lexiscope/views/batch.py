"""`load_batch`: images of some cases as tensors, with a mask of what is missing."""

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

_SEEDS = 2**62  # of the variants of cases


class HoldsObjects(Protocol):
    """Interface that `load_batch` needs of a corpus: the file of an image."""

    def object_path(self, image: Image) -> Path:
        """Path of an image's file."""
        ...


@dataclass(frozen=True, slots=True)
class ImageBatch:
    """Images of b cases.

    Values stay float16, as they are kept on disk; the encoder widens them where it computes.

    Args:
        images: Modality -> `(b, *view.shape)`, zeros where a case lacks it.
        present: Modality -> `(b,)`, False where a case lacks it.

    Example:
        >>> batch = ImageBatch({"t1": torch.zeros(2, 3, 4, 4).half()}, {"t1": torch.tensor([True, False])})
        >>> batch.to("cpu").present["t1"].tolist()
        [True, False]
    """

    images: dict[str, Float16[Tensor, "b ..."]]
    present: dict[str, Bool[Tensor, " b"]]

    def to(self, device: torch.device | str) -> "ImageBatch":
        """A copy of the batch on another device."""
        return ImageBatch(
            {name: x.to(device) for name, x in self.images.items()},
            {name: mask.to(device) for name, mask in self.present.items()},
        )


def load_batch(
    corpus: HoldsObjects,
    cases: Sequence[Case],
    views: Mapping[str, View],
    cache: ViewCache,
    *,
    augment: torch.Generator | None = None,
) -> ImageBatch:
    """Images of cases, in the order of the cases, as the views prepare them.

    A modality that a case lacks is zeros with `present` False. Modalities without a view are left out.

    Args:
        corpus: The corpus that holds the images' files.
        cases: Cases whose images are loaded.
        views: View of each modality.
        cache: Prepared arrays on disk.
        augment: Draw a random variant of each case from this generator, its modalities alike, so that what lies on one
            place in them stays so; None for evaluation.

    Raises:
        ViewError: an image that cannot be read or prepared; names the case and the modality.
    """
    images, present = {}, {}
    draws = [] if augment is None else torch.randint(_SEEDS, (len(cases),), generator=augment).tolist()
    for modality, view in views.items():
        mask = torch.tensor([modality in case.images for case in cases], dtype=torch.bool)
        x = torch.empty(len(cases), *view.shape, dtype=torch.float16)
        x[~mask] = 0
        for row in mask.nonzero().flatten().tolist():
            _load(corpus, cases[row], modality, view=view, cache=cache, out=x[row])
            if draws:
                x[row] = view.augment(x[row].float(), torch.Generator().manual_seed(draws[row]))
        images[modality], present[modality] = x, mask
    return ImageBatch(images, present)


def _load(corpus: HoldsObjects, case: Case, modality: str, *, view: View, cache: ViewCache, out: Tensor) -> None:
    image = case.images[modality]
    try:
        cache.read_into(out.numpy(), image, corpus.object_path(image), view)
    except ViewError as error:
        msg = f"case {case.id}, {modality}: {error}"
        raise ViewError(msg) from error
