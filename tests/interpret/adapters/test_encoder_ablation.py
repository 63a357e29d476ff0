"""Silenced units of every kind of tower: zeros where they are read, felt by all that comes after, by one modality."""

from typing import Any

import pytest
import torch
from torch import nn

from lexiscope.core.errors import UsageError
from lexiscope.interpret.adapters.encoder_ablation import blocks_below, silence_units
from lexiscope.interpret.adapters.encoder_levels import encoder_levels
from lexiscope.interpret.adapters.lower_blocks import lower_blocks_once
from lexiscope.interpret.subject import Level
from lexiscope.models.encoder import Encoder, EncoderConfig
from lexiscope.views import ImageBatch

_COLOURS = {"mean": (0.5,) * 3, "std": (0.5,) * 3}
_DINO = {"model_type": "dinov2", "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "image_size": 28}
_CLIP = {"model_type": "clip_vision_model", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 3}
_CLIP |= {"num_attention_heads": 2, "image_size": 32, "patch_size": 16}
_TOWERS = {
    "cnn": {"kind": "cnn", "channels": 3, "stages": (8, 16, 16)},
    "vit": {"kind": "vit", "channels": 3, "patch": 8, "width": 12, "depth": 3, "heads": 2},
    "dinov2": {"kind": "pretrained", "model": _DINO, "widths": (16,) * 5, "prefix": 1, **_COLOURS},
    "clip": {"kind": "pretrained", "model": _CLIP, "widths": (16,) * 5, "prefix": 1, **_COLOURS},
}


def _encoder(kind: str, fusion: str = "late") -> Encoder:
    torch.manual_seed(0)
    config = EncoderConfig(
        modalities={"a": 3, "b": 3},
        towers={"shared": {**_TOWERS[kind], **({"channels": 6} if fusion == "early" else {})}},
        tower_of={"a": "shared", "b": "shared"},
        fusion=fusion,
        head={"width": 8},
        mixer={"width": 12, "depth": 2, "heads": 2} if fusion == "hybrid" else {},
    )
    return Encoder(config).eval()


def _batch() -> ImageBatch:
    images = {name: torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1)) for name in "ab"}
    return ImageBatch(images, {"a": torch.tensor([True, True]), "b": torch.tensor([True, False])})


@pytest.mark.parametrize("kind", _TOWERS)
def test_units_of_one_modality_are_silenced_although_the_tower_is_shared(kind) -> None:
    encoder, batch = _encoder(kind), _batch()
    before = encoder_levels(encoder, batch)
    last = len(before["a"]) - 1
    for number in range(last):
        with silence_units(encoder, "a", f"level {number}", [0, 3]):
            silent = encoder_levels(encoder, batch)
        assert not silent["a"][number].values[..., [0, 3]].any()
        assert all(torch.equal(silent["a"][k].values, before["a"][k].values) for k in range(number)), "below it"
        if (kind, number) != ("clip", last - 1):  # which gives the last block's output a second time
            assert not torch.equal(silent["a"][last].values, before["a"][last].values), f"level {number} stops"
        assert all(torch.equal(x.values, y.values) for x, y in zip(silent["b"], before["b"], strict=True))
    assert all(
        torch.equal(x.values, y.values) for x, y in zip(encoder_levels(encoder, batch)["a"], before["a"], strict=True)
    )


@pytest.mark.parametrize("fusion", ["early", "hybrid"])
def test_units_behind_the_place_where_modalities_meet_are_silenced(fusion) -> None:
    encoder, batch = _encoder("cnn", fusion), _batch()
    before = encoder_levels(encoder, batch)["fused"]
    for number, level in enumerate(before):
        with silence_units(encoder, "fused", level.name, [1]):
            silent = encoder_levels(encoder, batch)["fused"]
        assert not silent[number].values[..., 1].any()
        assert not torch.equal(silent[-1].values, before[-1].values)


def test_a_level_that_is_not_there_is_said() -> None:
    encoder = _encoder("cnn", "hybrid")
    mixed = pytest.raises(UsageError, match="among mixed 1, mixed 2, mixed 3, embedding, got 'level 0'")
    with mixed, silence_units(encoder, "fused", "level 0", [0]):
        pass
    alone = pytest.raises(UsageError, match="among level 0, level 1, level 2, got 'mixed 1'")
    with alone, silence_units(encoder, "a", "mixed 1", [0]):
        pass


@pytest.mark.parametrize("kind", _TOWERS)
def test_what_lies_below_a_level_is_computed_once_and_changes_nothing(kind) -> None:
    encoder, batch = _encoder(kind), _batch()
    for number in range(1, len(encoder.towers[0].widths)):
        level = f"level {number}"
        anew = [_silent(encoder, batch, level, units) for units in ([0], [3], [])]
        blocks = blocks_below(encoder.towers[0], level)
        computed, handles = _count_computed(blocks)
        with lower_blocks_once(encoder, level):
            once = [_silent(encoder, batch, level, units) for units in ([0], [3], [])]
        for handle in handles:
            handle.remove()
        assert computed == [2] * len(blocks), "once for each modality"
        assert all(_same(one, other) for one, other in zip(once, anew, strict=True)), level
        assert not any("forward" in vars(block) for block in blocks)


def test_what_finds_no_room_is_computed_anew_and_other_images_are_told_apart() -> None:
    encoder, batch = _encoder("vit"), _batch()
    other = ImageBatch({name: x + 1 for name, x in batch.images.items()}, batch.present)
    anew = [_silent(encoder, one, "level 3", [0]) for one in (batch, other)]
    blocks = blocks_below(encoder.towers[0], "level 3")
    computed, _ = _count_computed(blocks)
    with lower_blocks_once(encoder, "level 3", most=2 * 17 * 12 * 4):  # what one block gives of two images
        once = [_silent(encoder, one, "level 3", [0]) for one in (batch, batch, other)]
    assert _same(once[0], anew[0])
    assert _same(once[1], anew[0])
    assert _same(once[2], anew[1])
    assert computed == [5, 6, 6]


def _silent(encoder: Encoder, batch: ImageBatch, level: str, units: list[int]) -> dict[str, list[Level]]:
    with silence_units(encoder, "a", level, units):
        return encoder_levels(encoder, batch)


def _same(one: dict[str, list[Level]], other: dict[str, list[Level]]) -> bool:
    return all(
        torch.equal(x.values, y.values) for branch in one for x, y in zip(one[branch], other[branch], strict=True)
    )


def _count_computed(blocks: list[nn.Module]) -> tuple[list[int], list[Any]]:
    """How often the first part of each block runs, which it does not where the block's output is given again."""
    computed = [0] * len(blocks)

    def counting(number: int) -> Any:
        def hook(*_: Any) -> None:
            computed[number] += 1

        return hook

    return computed, [
        next(block.children()).register_forward_hook(counting(number)) for number, block in enumerate(blocks)
    ]
