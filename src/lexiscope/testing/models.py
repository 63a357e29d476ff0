"""Tiny models with random weights, and the contracts of encoders and views."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lexiscope.core.errors import ModelError
from lexiscope.models.build import build_encoder, build_joint_space
from lexiscope.models.encoder import Encoder
from lexiscope.models.joint import JointSpace
from lexiscope.models.ood_detector import OodDetector
from lexiscope.models.text import TextTower
from lexiscope.models.text_scratch import text_from_scratch
from lexiscope.views import View
from lexiscope.views.planar import PlanarView
from lexiscope.views.slices import SlicesView
from lexiscope.views.volume import VolumeView

WORDS = ("a bright lesion in the left frontal lobe", "no lesion is seen", "grains of steel under the electron beam")
MODALITIES = ("flair", "t1", "t2")


def tiny_views(kind: str = "planar", *, modalities: Sequence[str] = MODALITIES) -> dict[str, View]:
    """Views of 32 pixels, one for each modality.

    Args:
        kind: "planar", "slices" or "volume".
        modalities: Names of the modalities.

    Example:
        >>> tiny_views("slices", modalities=("t1",))["t1"].shape
        (3, 3, 32, 32)
    """
    views: dict[str, View] = {
        "planar": PlanarView(size=32),
        "slices": SlicesView(size=32, slices=3),
        "volume": VolumeView(grid=(16, 32, 32)),
    }
    return dict.fromkeys(modalities, views[kind])


def tiny_encoder(views: Mapping[str, View], *, tower: str = "cnn", fusion: str = "late", **options: Any) -> Encoder:
    """An encoder from scratch with an embedding of 16 values.

    Args:
        views: View of each modality.
        tower: "cnn" or "vit".
        fusion: "early", "hybrid" or "late".
        options: Further arguments of `build_encoder`.
    """
    encoder, _ = build_encoder(views, tower=tower, fusion=fusion, head={"width": 16}, **options)
    return encoder.eval()


def tiny_text_tower(texts: Sequence[str] = WORDS) -> TextTower:
    """A text tower from scratch that knows the words of `texts`.

    Example:
        >>> tiny_text_tower().width
        24
    """
    return text_from_scratch(texts, vocabulary=300, width=24, depth=2, heads=2, max_tokens=32)


def tiny_joint_space(
    views: Mapping[str, View] | None = None, *, texts: Sequence[str] = WORDS, **options: Any
) -> JointSpace:
    """A joint space from scratch: a CNN, a small BERT, embeddings of 16 values.

    Args:
        views: View of each modality; `tiny_views` when None.
        texts: Texts that the tokenizer is trained on.
        options: Further arguments of `build_joint_space`.
    """
    options = {"image": "cnn", "head": {"width": 16}, **options}
    return build_joint_space(views or tiny_views(), text_tower=tiny_text_tower(texts), **options)


def tiny_ood_detector(branches: Mapping[str, int] | None = None, *, spread: float = 1.0) -> OodDetector:
    """A detector whose training features are Gaussian, beside thirty held-out groups of two cases each.

    Args:
        branches: Branch -> length of its features; two of eight when None.
        spread: Standard deviation of the features; a small one makes anything else look far away.
    """
    rng = np.random.default_rng(0)
    sizes = branches or {"flair": 8, "t1": 8}
    training, held_out = (
        {name: spread * rng.normal(size=(count, size)).astype(np.float32) for name, size in sizes.items()}
        for count in (40, 60)
    )
    detector = OodDetector.of(training, held_out, [f"group-{number // 2}" for number in range(60)])
    assert detector is not None
    return detector


def random_images(views: Mapping[str, View], *, cases: int, seed: int = 0) -> dict[str, Tensor]:
    """Noise in the shape of the views, float16 as batches are.

    Example:
        >>> random_images(tiny_views(modalities=("t1",)), cases=2)["t1"].shape
        torch.Size([2, 3, 32, 32])
    """
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(cases, *view.shape, generator=generator).half() for name, view in views.items()}


def check_encoder(encoder: Encoder, views: Mapping[str, View]) -> None:
    """Check what every encoder promises about cases with missing modalities.

    The shapes of its output; that nothing in the slot of a missing modality changes any of it, not even NaN; that a
    modality which is left out counts as missing; and that a case without any modality is refused.

    Raises:
        AssertionError: a promise is broken.
    """
    images = random_images(views, cases=3)
    present = {name: torch.tensor([True, row == 0, row < 2]) for row, name in enumerate(sorted(views))}
    with torch.no_grad():
        out = encoder(images, present)
        spoiled = {name: _spoil(x, present[name]) for name, x in images.items()}
        again = encoder(spoiled, present)
    assert out.pooled.shape[0] == 3
    assert out.tokens.shape[:2] == out.token_mask.shape
    assert all(level.ndim == 3 for levels in out.levels.values() for level in levels)
    assert torch.isfinite(out.pooled).all()
    assert torch.equal(out.pooled, again.pooled), "garbage in an absent slot changed the pooled vector"
    assert torch.equal(out.tokens, again.tokens), "garbage in an absent slot changed the tokens"
    _check_left_out(encoder, images)
    _check_refusal(encoder, images)


def _check_left_out(encoder: Encoder, images: Mapping[str, Tensor]) -> None:
    first, *others = sorted(images)
    everyone = torch.ones(3, dtype=torch.bool)
    absent = {name: torch.zeros(3, dtype=torch.bool) for name in others}
    with torch.no_grad():
        alone = encoder({first: images[first]}, {first: everyone})
        marked = encoder(images, {first: everyone, **absent})
    assert torch.equal(alone.pooled, marked.pooled), "leaving a modality out differs from marking it absent"


def _check_refusal(encoder: Encoder, images: Mapping[str, Tensor]) -> None:
    nothing = {name: torch.tensor([True, True, False]) for name in images}
    refusal = ""
    try:
        encoder(images, nothing)
    except ModelError as error:
        refusal = str(error)
    assert "rows [2]" in refusal, f"a case without any modality must be refused by its row, got {refusal!r}"


def _spoil(x: Tensor, present: Tensor) -> Tensor:
    return torch.where(present.view(-1, *[1] * (x.ndim - 1)), x, torch.nan)
