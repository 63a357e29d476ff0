"""Silenced units of every kind of tower: zeros where they are read, felt by all that comes after, by one modality."""

import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.interpret.adapters.encoder_ablation import silence_units
from lexiscope.interpret.adapters.encoder_levels import encoder_levels
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
