"""`HubVisionEncoder`: vision tower and projector of a vision-language model, in assistants of before November 2026.

Today such a model stays whole, see `published`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from lexiscope.core.batched import batched
from lexiscope.core.errors import ModelError, WeightsError
from lexiscope.core.files import write_json
from lexiscope.core.strict_json import read_object
from lexiscope.models.assistant.denormalisation import Denormalisation
from lexiscope.models.assistant.token_plan import BranchTokens
from lexiscope.models.hub_layout import load_hub_layout
from lexiscope.models.loading import first_line, quiet
from lexiscope.models.offline import offline

_DENORMALISATIONS = "looks.json"  # a file of the first saved assistants, and so of all
_PICTURES_AT_ONCE = 16


class HubVisionEncoder:
    """Vision tower, projector and image processor of an image-text-to-text model of transformers; they do not train.

    What comes out are vectors that the model's own language model reads like words. It reads the pictures that the
    views prepare, in 8 bits, as such a model was trained on.

    Args:
        model: Image-text-to-text model with an empty language model.
        processor: Its image processor; one that cuts an image into tiles is told not to.
        denormalisations: Modality -> way back from its prepared pixels to pictures.
    """

    def __init__(self, model: Any, processor: Any, denormalisations: Mapping[str, Denormalisation]) -> None:
        if hasattr(processor, "do_image_splitting"):
            processor.do_image_splitting = False
        self.model, self.processor, self.denormalisations = (
            model.eval().requires_grad_(False),
            processor,
            dict(denormalisations),
        )

    @property
    def branches(self) -> tuple[str, ...]:
        """Modalities that are read, each for itself."""
        return tuple(sorted(self.denormalisations))

    @property
    def device(self) -> torch.device:
        """Device that it computes on."""
        device: torch.device = self.model.device
        return device

    def to(self, device: torch.device) -> Self:
        """Itself, moved to another device."""
        self.model.to(device)
        return self

    @torch.no_grad()
    def read(
        self, images: Mapping[str, Tensor], present: Mapping[str, Tensor], *, slices: int
    ) -> dict[str, BranchTokens]:
        """Modality -> tokens of b cases, of those modalities that any of them has; see `read_tokens`.

        Args:
            images: Modality -> `(b, *view.shape)`.
            present: Modality -> `(b,)`.
            slices: Most slices that are read of a volume.

        Raises:
            ModelError: pictures of one size that become different numbers of tokens.
        """
        read = {}
        for name in (name for name in self.branches if name in images and bool(present[name].any())):
            pictures = self.denormalisations[name].pictures(images[name], slices=slices)  # (b, s, y, x, 3)
            tokens = self._tokens(list(pictures.reshape(-1, *pictures.shape[2:])))  # (b * s, t, d)
            places = tokens.unflatten(0, pictures.shape[:2]).flatten(1, 2)
            read[name] = BranchTokens(places.new_zeros(len(places), 0), places)
        return read

    def save_pretrained(self, directory: Path) -> None:
        """Write everything that loading needs: safetensors and JSON."""
        with quiet():
            self.model.save_pretrained(directory)
        self.processor.save_pretrained(directory)
        write_json(directory / _DENORMALISATIONS, {name: asdict(one) for name, one in self.denormalisations.items()})

    @classmethod
    def from_pretrained(cls, directory: Path) -> "HubVisionEncoder | None":
        """The saved vision encoder; None where there is none.

        Raises:
            WeightsError: transformers cannot read it.
            ModelError: its settings of pictures are damaged.
        """
        if not (directory / _DENORMALISATIONS).is_file():
            return None
        model, processor = _load(directory)
        return cls(model, processor, _read_denormalisations(directory / _DENORMALISATIONS))

    def _tokens(self, pictures: Sequence[UInt8[np.ndarray, "y x 3"]]) -> Float[Tensor, "n t d"]:
        parts: list[Tensor] = []
        for batch in batched(pictures, _PICTURES_AT_ONCE):
            inputs = self.processor(images=[[picture] for picture in batch], return_tensors="pt")
            tensors = {name: x.to(self.device) for name, x in inputs.items() if isinstance(x, Tensor)}
            parts += list(self.model.get_image_features(**tensors).pooler_output)
        if len({len(part) for part in parts}) > 1:
            msg = f"expected {type(self.model).__name__} to give pictures of one size as many tokens each"
            raise ModelError(f"{msg}, got {sorted({len(part) for part in parts})}; use a model that does")
        return torch.stack(parts).float()


def _read_denormalisations(file: Path) -> dict[str, Denormalisation]:
    try:
        saved = read_object(file)
        return {
            name: Denormalisation(one["kind"], tuple(one["mean"]), tuple(one["std"])) for name, one in saved.items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"expected settings of pictures in {file}, got others ({error}); train the part again"
        ) from error


def _load(directory: Path) -> tuple[Any, Any]:
    from transformers import AutoImageProcessor, AutoModelForImageTextToText

    what = "an image-text-to-text model with its image processor"
    model = load_hub_layout(AutoModelForImageTextToText, directory, what=what)
    try:
        with offline():
            processor = AutoImageProcessor.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # on odd settings transformers raises nearly anything
        msg = f"transformers cannot read {what} at {directory}: {first_line(error)}"
        raise WeightsError(f"{msg}; save both there with save_pretrained()") from error
    return model, processor
