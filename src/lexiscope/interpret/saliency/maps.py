"""Saliency maps: how much each place of each image matters to the score of a subject."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from lexiscope.core.batched import batched
from lexiscope.core.errors import UsageError
from lexiscope.core.extras import need
from lexiscope.interpret.saliency.rollout import attention_maps
from lexiscope.interpret.saliency.steps import Steps
from lexiscope.interpret.subject import Attends, Cases, Differentiates, ReadsSlices

Maps: TypeAlias = Mapping[str, Float[Tensor, "b ..."]]
"""Modality -> `(b, ...)`, signed, summed over channels; its places are those of the image."""

GRADIENT, INTEGRATED, OCCLUSION = _COUNTED = ("gradient x input", "integrated gradients", "occlusion")

_Attribute: TypeAlias = Callable[[Any, tuple[Tensor, ...]], tuple[Tensor, ...]]
_STEPS = 8  # of the integral, at the places of Gauss and Legendre
_WINDOWS = {1: (16,), 2: (4, 4), 3: (2, 3, 3)}  # places along each axis that are covered one by one
_DUST = 1e-5  # share of the largest value of a case's maps, up to which a value is rounding
_BATCH = 4  # cases at once
_COVERED = 4  # windows that are covered at once, in copies of the batch


def maps_of(
    subject: Differentiates,
    cases: Cases[Any],
    *,
    slices: Mapping[str, Sequence[int]] | None = None,
    steps: Steps | None = None,
) -> dict[str, Maps]:
    """Every map that the subject serves, by name.

    Gradient times input; integrated gradients from an image of zeros (Sundararajan et al. 2017,
    https://arxiv.org/abs/1703.01365); occlusion, the score that is lost where a window is zeros (Zeiler & Fergus 2014),
    for which slices without the window are read once; attention rollout (`rollout`) where the subject shows attention.

    Args:
        subject: Model.
        cases: Cases.
        slices: Modality -> the one slice that each case has of it; others have all of theirs. Of subjects that
            `ReadsSlices`.
        steps: Counts the maps.

    Raises:
        UsageError: captum is missing, or the subject gives no images.
    """
    captum, steps = _captum(), steps or Steps()
    asked = {
        GRADIENT: lambda forward, images: captum.InputXGradient(forward).attribute(images),
        INTEGRATED: lambda forward, images: captum.IntegratedGradients(forward).attribute(
            images, n_steps=_STEPS, internal_batch_size=len(images[0])
        ),
        OCCLUSION: lambda forward, images: captum.Occlusion(forward).attribute(
            images,
            sliding_window_shapes=tuple(map(_window, images)),
            strides=tuple(map(_window, images)),
            perturbations_per_eval=_COVERED,
        ),
    }
    parts = []
    for rows in batched(range(len(cases)), _BATCH):
        chosen = {name: [some[row] for row in rows] for name, some in (slices or {}).items()}
        parts.append(_maps_of_batch(subject, cases.take(rows), chosen, asked, steps))
    return {name: _joined([part[name] for part in parts]) for name in parts[0]}


def maps_made(cases: Cases[Any]) -> int:
    """How many maps `Steps` counts for one call of `maps_of`."""
    return len(_COUNTED) * -(-len(cases) // _BATCH)


def _maps_of_batch(
    subject: Differentiates,
    cases: Cases[Any],
    slices: Mapping[str, Sequence[int]],
    asked: Mapping[str, _Attribute],
    steps: Steps,
) -> dict[str, Maps]:
    images = subject.images(cases)
    shown = {name: _one_slice(x, slices[name]) if name in slices else x for name, x in images.items()}
    made: dict[str, Maps] = {}
    with subject.reading_once() if isinstance(subject, ReadsSlices) else nullcontext():
        for name, attribute in asked.items():
            made[name] = _attributed(subject, cases, shown, attribute, partial(steps.run, name))
            steps.made += 1
    shapes = {name: tuple(values.shape[1:]) for name, values in made[OCCLUSION].items()}
    if isinstance(subject, Attends) and (rolled := attention_maps(subject.attention(cases, shown), shapes)):
        made["attention rollout"] = rolled
    return made


def _one_slice(images: Float[Tensor, "b c s ..."], slices: Sequence[int]) -> Float[Tensor, "b c 1 ..."]:
    return torch.stack([x[:, number : number + 1] for x, number in zip(images, slices, strict=True)])


def _captum() -> Any:
    try:
        return need("captum.attr", extra="interpret")
    except ImportError as error:
        raise UsageError("saliency needs captum; run: pip install 'lexiscope[interpret]'") from error


def _attributed(
    subject: Differentiates,
    cases: Cases[Any],
    shown: Mapping[str, Tensor],
    attribute: _Attribute,
    runs: Callable[[], None],
) -> dict[str, Tensor]:
    given = {name: values.detach().clone() for name, values in shown.items()}
    names = [name for name, values in given.items() if values.is_floating_point() and values.ndim > 1]
    if not names:
        raise UsageError("expected a model that reads images, got one without any; leave 'saliency' out")

    def forward(*images: Tensor) -> Float[Tensor, " b"]:
        runs()
        rows = torch.arange(len(images[0])) % len(cases)  # captum stacks copies of the batch
        others = {name: values[rows] for name, values in given.items() if name not in names}
        scores = subject.score_of(cases.take(rows.tolist()), {**others, **dict(zip(names, images, strict=True))})
        unread = torch.stack([0 * x.flatten(1).sum(dim=1) for x in images]).sum(dim=0)
        return scores + unread  # a modality that no case of the batch has still needs a gradient

    found = attribute(forward, tuple(given[name].float().requires_grad_() for name in names))
    return _dusted({name: _places(values.detach().float()) for name, values in zip(names, found, strict=True)})


def _dusted(maps: Maps) -> dict[str, Tensor]:
    """Without what comes of rounding: batches of another size differ in the last digits."""
    top = torch.stack([values.abs().flatten(1).amax(dim=1) for values in maps.values()]).amax(dim=0)  # (b,)
    least = {name: (_DUST * top).view(-1, *[1] * (values.ndim - 1)) for name, values in maps.items()}
    return {name: torch.where(values.abs() > least[name], values, 0.0) for name, values in maps.items()}


def _places(values: Float[Tensor, "b c ..."]) -> Float[Tensor, "b ..."]:
    """Summed over channels; a vector of features is a line of places."""
    return values if values.ndim == 2 else values.sum(dim=1)


def _window(images: Float[Tensor, "b c ..."]) -> tuple[int, ...]:
    channels = images.shape[1 : images.ndim - max(1, images.ndim - 2)]  # none of a vector
    sides = images.shape[1 + len(channels) :]
    return (*channels, *(-(-side // windows) for side, windows in zip(sides, _WINDOWS[len(sides)], strict=True)))


def _joined(parts: list[Any]) -> dict[str, Tensor]:
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
