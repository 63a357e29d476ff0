"""`PictureReader`: tokens of a joint space's encoder, and beside them the pictures that a published model looks at."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from lexiscope.models.assistant.denormalisation import Denormalisation
from lexiscope.models.encoder import Encoder

Pictures = Callable[[], UInt8[np.ndarray, "s y x 3"]]  # of one image, made when they are looked at: they are large


class PictureReader:
    """The encoder of a joint space, whose tokens retrieval and classifier read, and the pictures beside its tokens.

    Args:
        encoder: Image encoder of the joint space.
        denormalisations: Modality -> way back from its prepared pixels to pictures.
        slices: Most pictures of a volume.
    """

    def __init__(self, encoder: Encoder, denormalisations: Mapping[str, Denormalisation], *, slices: int) -> None:
        self.encoder, self.denormalisations, self.slices = encoder, dict(denormalisations), slices

    @property
    def branches(self) -> tuple[str, ...]:
        """Branches of the encoder."""
        return tuple(self.encoder.branches)

    @property
    def device(self) -> torch.device:
        """Device that the encoder computes on."""
        return self.encoder.device

    def to(self, device: torch.device) -> "PictureReader":
        """Itself, its encoder moved to another device."""
        self.encoder.to(device)
        return self

    def pictures(
        self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> dict[str, tuple[Pictures | None, ...]]:
        """Modality -> pictures of each of b cases, None of those that lack it.

        Args:
            images: Modality -> `(b, *view.shape)`.
            present: Modality -> `(b,)`.
        """
        read: dict[str, tuple[Pictures | None, ...]] = {}
        for name in (name for name in self.denormalisations if name in images):
            made = self.denormalisations[name].pictures(images[name], slices=self.slices)
            there = present[name].tolist()
            read[name] = tuple(partial(_same, row) if has else None for row, has in zip(made, there, strict=True))
        return read


def blank_pictures(pictures: Sequence[Pictures | None]) -> tuple[Pictures | None, ...]:
    """Black pictures in the place of others.

    Example:
        >>> shown, missing = blank_pictures([lambda: np.ones((1, 2, 2, 3), np.uint8), None])
        >>> shown().max(), missing
        (np.uint8(0), None)
    """
    return tuple(None if one is None else partial(_black, one) for one in pictures)


def _same(pictures: UInt8[np.ndarray, "s y x 3"]) -> UInt8[np.ndarray, "s y x 3"]:
    return pictures


def _black(pictures: Pictures) -> UInt8[np.ndarray, "s y x 3"]:
    return np.zeros_like(pictures())
