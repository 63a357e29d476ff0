"""Encoders keep their contract for every fusion, tower and kind of view."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.encoder import Encoder
from lexiscope.models.fusion import FUSIONS
from lexiscope.testing.models import check_encoder, random_images, tiny_encoder, tiny_views

_VIT = {"readout": {"levels": (3, 5), "statistics": ("cls", "mean")}}


@pytest.mark.parametrize("kind", ["planar", "slices", "volume"])
@pytest.mark.parametrize("tower", ["cnn", "vit"])
@pytest.mark.parametrize("fusion", FUSIONS)
def test_encoder_keeps_its_contract(fusion: str, tower: str, kind: str) -> None:
    views = tiny_views(kind)
    check_encoder(tiny_encoder(views, tower=tower, fusion=fusion, **(_VIT if tower == "vit" else {})), views)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_missing_modality_gets_no_gradient(fusion: str) -> None:
    views = tiny_views()
    encoder = tiny_encoder(views, fusion=fusion)
    images = {name: x.requires_grad_() for name, x in random_images(views, cases=2).items()}
    present = {
        "flair": torch.tensor([True, True]),
        "t1": torch.tensor([False, True]),
        "t2": torch.tensor([True, False]),
    }
    encoder(images, present).pooled.square().sum().backward()
    for name, mask in present.items():
        moved = images[name].grad.flatten(1).abs().amax(dim=1) > 0
        assert moved.tolist() == mask.tolist(), name


def test_the_last_blocks_before_the_deepest_level_open() -> None:
    encoder = tiny_encoder(tiny_views(), tower="vit", readout={"levels": (1, 2), "statistics": ("cls",)})
    encoder.open_last_blocks(1)
    opened = {name.split(".")[2] for name, weight in encoder.towers.named_parameters() if weight.requires_grad}
    assert opened == {"1"}  # the second of its blocks makes level 2


@torch.no_grad()
def test_late_fusion_is_the_mean_over_the_present_modalities() -> None:
    encoder = tiny_encoder(tiny_views())
    for name, value in (("flair", 9.0), ("t1", 1.0), ("t2", 4.0)):  # heads that say one number whatever they read
        linear = encoder.head(name).members[0].linear
        linear.weight.zero_()
        linear.bias.fill_(value)
    features = {name: torch.randn(3, 256) for name in ("flair", "t1", "t2")}
    features["flair"][0] = torch.nan
    present = {
        "flair": torch.tensor([False, False, True]),
        "t1": torch.tensor([True, True, True]),
        "t2": torch.tensor([True, False, True]),
    }
    fused = encoder.fuse(features, present)
    assert fused.shape == (3, 16)
    assert fused[:, 0].tolist() == pytest.approx([2.5, 1.0, 14 / 3])
    assert (fused == fused[:, :1]).all()


def test_early_fusion_fills_a_missing_modality_with_its_learned_value() -> None:
    views = tiny_views(modalities=("t1", "t2"))
    encoder = tiny_encoder(views, fusion="early")
    assert encoder.stack is not None
    encoder.stack.fill[1].data[:] = torch.tensor([1.0, 2.0, 3.0])  # t2, after t1
    images = {name: torch.zeros(1, 3, 4, 4) for name in views}
    stacked = encoder.stack(images, {"t1": torch.tensor([True]), "t2": torch.tensor([False])})
    assert stacked[0, :, 0, 0].tolist() == [0, 0, 0, 1, 2, 3]


@torch.no_grad()
@pytest.mark.parametrize(("level", "levels"), [(1, 6), (-2, 7), (-1, 8), (20, 8), (None, 8)])
def test_nothing_is_computed_behind_what_is_read(level: int | None, levels: int) -> None:
    """A readout of level 5 of 0 to 7 needs six levels; a further one that is wanted those up to it."""
    views = tiny_views()
    encoder = tiny_encoder(views, tower="vit", **_VIT)
    images = random_images(views, cases=2)
    present = {name: torch.tensor([True, True]) for name in views}
    whole, read = encoder(images, present), encoder(images, present, level=level)
    for name in views:
        assert len(whole.levels[name]) == 8
        assert len(read.levels[name]) == levels
        torch.testing.assert_close(read.levels[name], whole.levels[name][:levels])
    torch.testing.assert_close(read.pooled, whole.pooled)


def test_slices_read_the_same_as_their_mean() -> None:
    views = tiny_views("slices", modalities=("t1",))
    encoder = tiny_encoder(views)
    stack = random_images(views, cases=1)["t1"]  # (1, s, c, y, x)
    mask = {"t1": torch.tensor([True])}
    apart = {"t1": torch.ones(3, dtype=torch.bool)}
    whole = encoder.features({"t1": stack}, mask)["t1"]
    single = encoder.features({"t1": stack[0]}, apart)["t1"]
    torch.testing.assert_close(whole[0], single.mean(dim=0))


def test_order_of_modalities_does_not_matter(tmp_path) -> None:
    views = tiny_views(modalities=("z", "a", "m"))
    encoder = tiny_encoder(views, shared=False)
    images = random_images(views, cases=2)
    present = {name: torch.ones(2, dtype=torch.bool) for name in views}
    encoder.save_pretrained(tmp_path)
    loaded = Encoder.from_pretrained(tmp_path)
    shuffled = {name: images[name] for name in ("m", "z", "a")}
    with torch.no_grad():
        assert torch.equal(encoder(images, present).pooled, loaded(shuffled, present).pooled)


def test_tokens_of_the_deepest_level_come_with_their_mask() -> None:
    views = tiny_views(modalities=("t1", "t2"))
    encoder = tiny_encoder(views)
    images, mask = random_images(views, cases=2), torch.tensor([True, False])
    out = encoder(images, {"t1": mask, "t2": ~mask})
    places = 2 * 2  # 32 pixels halved by 4 stages
    assert out.tokens.shape == (2, 2 * places, 256)
    assert out.token_mask[0].tolist() == [True] * places + [False] * places
    assert out.tokens[~out.token_mask].abs().sum() == 0


def test_errors_say_what_to_do() -> None:
    views = tiny_views(modalities=("t1", "t2"))
    encoder = tiny_encoder(views)
    images, yes = random_images(views, cases=2), torch.ones(2, dtype=torch.bool)
    with pytest.raises(ModelError, match=r"reads t1, t2, got ct; leave it out or train with it"):
        encoder({"ct": images["t1"]}, {"ct": yes})
    with pytest.raises(ModelError, match=r"t1 must have shape \(b, 3, y, x\).*got \(2, 32, 32\); prepare it with"):
        encoder({"t1": images["t1"][:, 0]}, {"t1": yes})
    with pytest.raises(ModelError, match=r"none was given; pass the images"):
        encoder({}, {})
    with pytest.raises(ModelError, match=r"no class token to read; take the statistic 'mean'"):
        tiny_encoder(views, readout={"statistics": ("cls",)})
    with pytest.raises(ModelError, match=r"levels of the readout must lie in 0\.\.3 .* got \(9,\)"):
        tiny_encoder(views, readout={"levels": (9,)})
    with pytest.raises(ModelError, match=r"fusion must be one of early, hybrid, late, got 'middle'"):
        tiny_encoder(views, fusion="middle")
    mixed = {"t1": views["t1"], "t2": tiny_views("volume")["t2"]}
    with pytest.raises(ModelError, match=r"either volumes or planes"):
        tiny_encoder(mixed)
    with pytest.raises(ModelError, match=r"needs views, got none"):
        tiny_encoder({})


def test_early_fusion_refuses_views_of_different_shape() -> None:
    encoder = tiny_encoder(tiny_views(modalities=("t1", "t2")), fusion="early")
    yes = torch.ones(1, dtype=torch.bool)
    images = {"t1": torch.zeros(1, 3, 32, 32), "t2": torch.zeros(1, 3, 16, 16)}
    with pytest.raises(ModelError, match=r"early fusion needs views of one shape"):
        encoder(images, {"t1": yes, "t2": yes})
