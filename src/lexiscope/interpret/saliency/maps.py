"""Saliency maps: how much each place of each image matters to the score of a subject."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from lexiscope.core.errors import UsageError
from lexiscope.core.extras import need
from lexiscope.interpret.saliency.rollout import attention_maps
from lexiscope.interpret.subject import Attends, Cases, Differentiates

Maps: TypeAlias = Mapping[str, Float[Tensor, "b ..."]]
"""Modality -> `(b, ...)`, signed, summed over channels; its places are those of the image."""

_STEPS = 16  # of the integral
_WINDOWS = 6  # places along each axis that are covered one by one
_BATCH = 4  # cases at once


def maps_of(subject: Differentiates, cases: Cases[Any]) -> dict[str, Maps]:
    """Every map that the subject serves, by name.

    Gradient times input; integrated gradients from an image of zeros (Sundararajan et al. 2017,
    https://arxiv.org/abs/1703.01365); occlusion, the score that is lost where a window is zeros (Zeiler & Fergus 2014);
    attention rollout (`rollout`) where the subject shows its attention.

    Raises:
        UsageError: captum is missing, or the subject gives no images.
    """
    captum = _captum()
    asked = {
        "gradient x input": lambda forward, images: captum.InputXGradient(forward).attribute(images),
        "integrated gradients": lambda forward, images: captum.IntegratedGradients(forward).attribute(
            images, n_steps=_STEPS, internal_batch_size=len(images[0])
        ),
        "occlusion": lambda forward, images: captum.Occlusion(forward).attribute(
            images, sliding_window_shapes=tuple(map(_window, images)), strides=tuple(map(_window, images))
        ),
    }
    batches = [cases.take(range(start, min(start + _BATCH, len(cases)))) for start in range(0, len(cases), _BATCH)]
    made: dict[str, Maps] = {
        name: _joined([_attributed(subject, batch, attribute) for batch in batches])
        for name, attribute in asked.items()
    }
    if isinstance(subject, Attends):
        shapes = {name: tuple(values.shape[1:]) for name, values in made["occlusion"].items()}
        made["attention rollout"] = _joined([attention_maps(subject.attention(batch), shapes) for batch in batches])
    return made


def _captum() -> Any:
    try:
        return need("captum.attr", extra="interpret")
    except ImportError as error:
        raise UsageError("saliency needs captum; run: pip install 'lexiscope[interpret]'") from error


def _attributed(
    subject: Differentiates, cases: Cases[Any], attribute: Callable[[Any, tuple[Tensor, ...]], tuple[Tensor, ...]]
) -> dict[str, Tensor]:
    images = {name: values.detach().clone().float().requires_grad_() for name, values in subject.images(cases).items()}
    if not images:
        raise UsageError("expected a model that reads images, got one without any; leave 'saliency' out")
    names = list(images)

    def forward(*given: Tensor) -> Float[Tensor, " b"]:
        rows = torch.arange(len(given[0])) % len(cases)  # captum stacks copies of the batch
        return subject.score_of(cases.take(rows.tolist()), dict(zip(names, given, strict=True)))

    found = attribute(forward, tuple(images.values()))
    return {name: values.detach().sum(dim=1).float() for name, values in zip(names, found, strict=True)}


def _window(images: Float[Tensor, "b c ..."]) -> tuple[int, ...]:
    channels, *sides = images.shape[1:]
    return (channels, *(max(1, -(-side // _WINDOWS)) for side in sides))


def _joined(parts: list[Any]) -> dict[str, Tensor]:
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
