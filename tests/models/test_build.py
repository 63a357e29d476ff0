"""Encoders and joint spaces by name: shared towers, seeds, origins, and settings that do not fit together."""

from pathlib import Path

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.build import build_encoder, build_joint_space, renew_heads, seeded
from lexiscope.models.encoder import Encoder
from lexiscope.testing.models import random_images, tiny_encoder, tiny_text_tower, tiny_views

_SMALL = {"tower_settings": {"stages": (8, 16)}, "head": {"width": 4}}


def state(encoder: Encoder) -> dict[str, torch.Tensor]:
    return dict(encoder.state_dict())


def vit(folder: Path, **more: int) -> str:
    """A directory in hub layout with a small vision transformer."""
    from transformers import ViTConfig, ViTModel

    settings = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, **more}
    ViTModel(ViTConfig(image_size=32, **settings)).save_pretrained(folder)
    return str(folder)


def test_modalities_share_a_tower_or_have_one_each() -> None:
    views = tiny_views(modalities=("t1", "t2"))
    together, _ = build_encoder(views, tower="cnn", **_SMALL)
    apart, _ = build_encoder(views, tower="cnn", shared=False, **_SMALL)
    assert together.tower("t1") is together.tower("t2")
    assert apart.tower("t1") is not apart.tower("t2")
    assert (len(together.towers), len(apart.towers)) == (1, 2)


def test_early_fusion_reads_the_channels_of_all() -> None:
    encoder, _ = build_encoder(tiny_views(), tower="cnn", fusion="early", **_SMALL)
    assert encoder.tower("t1").channels == 9
    assert encoder.branches == ("fused",)


def test_weights_follow_from_the_seed_and_from_nothing_else() -> None:
    views = tiny_views(modalities=("t1",))
    torch.manual_seed(5)
    first, _ = build_encoder(views, tower="cnn", seed=1, **_SMALL)
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(1), after)  # the generator of everything else was left alone
    again, _ = build_encoder(views, tower="cnn", seed=1, **_SMALL)
    other, _ = build_encoder(views, tower="cnn", seed=2, **_SMALL)
    assert all(torch.equal(weight, state(again)[name]) for name, weight in state(first).items())
    assert not all(torch.equal(weight, state(other)[name]) for name, weight in state(first).items())


def test_a_pretrained_tower_brings_its_weights_and_their_origin(tmp_path: Path) -> None:
    from transformers import ViTModel

    name = vit(tmp_path)
    encoder, origins = build_encoder(tiny_views(modalities=("t1",)), tower=name, head={"width": 4})
    assert [(origin["name"], origin["place"], origin["licence"]) for origin in origins] == [
        (name, "local directory", "unknown")
    ]
    original = ViTModel.from_pretrained(tmp_path).state_dict()
    kept = encoder.tower("t1").model.state_dict()
    assert all(torch.equal(kept[key], weight) for key, weight in original.items() if "pooler" not in key)


def test_new_heads_keep_the_towers_and_an_unchanged_fusion() -> None:
    encoder = tiny_encoder(tiny_views(), fusion="hybrid")
    renewed = renew_heads(encoder, modalities=encoder.modalities, head={"width": 7}, seed=9)
    towers = {name: weight for name, weight in state(encoder).items() if name.startswith(("towers", "mixer"))}
    assert all(torch.equal(state(renewed)[name], weight) for name, weight in towers.items())
    assert renewed.head("fused").members[0].linear.out_features == 7
    fewer = renew_heads(encoder, modalities=["t1"], fusion="late")
    assert fewer.modalities == ("t1",)
    assert torch.equal(state(fewer)["towers.0.stages.0.keep.weight"], state(encoder)["towers.0.stages.0.keep.weight"])


def test_a_small_tower_is_read_wider_than_it_was_trained() -> None:
    encoder = tiny_encoder(tiny_views(modalities=("t1",)))
    renewed = renew_heads(encoder, modalities=["t1"])
    assert encoder.readout.statistics == ("mean",)
    assert renewed.readout.levels == (-2, -1)
    assert renewed.readout.statistics == ("mean", "std", "max", "left", "right")
    volumes = renew_heads(tiny_encoder(tiny_views("volume", modalities=("t1",))), modalities=["t1"])
    assert volumes.readout.statistics == ("mean", "std", "max")  # a volume has no halves to tell apart


def test_a_joint_space_stands_on_ready_parts_and_names_their_origins() -> None:
    views, text = tiny_views(modalities=("t1",)), tiny_text_tower()
    encoder = tiny_encoder(views, tower="cnn")
    origin = {"name": "given", "licence": "MIT"}
    space = build_joint_space(
        views, encoder=encoder, text_tower=text, head={"width": 4, "members": 2}, origins=[origin]
    )
    assert space.config.weights == [origin]
    assert space.width == 8
    assert not space.training
    with torch.no_grad():
        assert torch.equal(space.text.encode(["no lesion"]), text.encode(["no lesion"]))
        images, present = random_images(views, cases=2), {"t1": torch.tensor([True, True])}
        assert space.embed_images(images, present).shape == (2, 8)
    assert space.scale.item() == pytest.approx(1 / 0.07)


def test_numbers_within_a_seeded_block_are_those_of_the_seed() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    with seeded(4):
        first = torch.rand(3)
    assert torch.equal(torch.get_rng_state(), before)
    with seeded(4):
        assert torch.equal(torch.rand(3), first)


def test_what_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    planes, volumes = tiny_views(modalities=("t1",)), tiny_views("volume", modalities=("t1",))
    with pytest.raises(ModelError, match=r"needs views, got none; choose_views\(corpus, size=224\) makes them"):
        build_encoder({}, tower="cnn")
    with pytest.raises(ModelError, match=r"either volumes or planes.*use slices views"):
        build_encoder({**planes, "ct": volumes["t1"]}, tower="cnn")
    with pytest.raises(ModelError, match=r"expected settings of the tower 'cnn', got .*see models/towers/cnn.py"):
        build_encoder(planes, tower="cnn", tower_settings={"patches": 3})
    name = vit(tmp_path)
    with pytest.raises(ModelError, match=r"only towers from scratch \(vit, cnn\) take settings, got \{'depth': 3\}"):
        build_encoder(planes, tower=name, tower_settings={"depth": 3})
    with pytest.raises(ModelError, match=r"reads planes, got volume views; use slices views, or 'vit' or 'cnn'"):
        build_encoder(volumes, tower=name)
