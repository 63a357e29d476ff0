"""The joint space: unit vectors, the split at the features, and the round trip through the disk."""

import json

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.joint import JointSpace
from lexiscope.testing.models import WORDS, random_images, tiny_joint_space, tiny_views

_PRESENT = {"flair": torch.tensor([True, True]), "t1": torch.tensor([True, False]), "t2": torch.tensor([False, False])}


@pytest.mark.parametrize("fusion", ["early", "hybrid", "late"])
@pytest.mark.parametrize("members", [1, 2])
def test_round_trip_is_bit_identical(tmp_path, fusion: str, members: int) -> None:
    views = tiny_views()
    space = tiny_joint_space(views, fusion=fusion, head={"width": 16, "members": members})
    images = random_images(views, cases=2)
    space.save_pretrained(tmp_path)
    loaded = JointSpace.from_pretrained(tmp_path)
    assert not loaded.training
    with torch.no_grad():
        assert torch.equal(space.embed_images(images, _PRESENT), loaded.embed_images(images, _PRESENT))
        assert torch.equal(space.embed_texts(WORDS), loaded.embed_texts(WORDS))
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "model.safetensors", "tokenizer.json"}


@pytest.mark.parametrize("fusion", ["early", "hybrid", "late"])
def test_features_then_projection_is_the_embedding(fusion: str) -> None:
    views = tiny_views()
    space = tiny_joint_space(views, fusion=fusion)
    images = random_images(views, cases=2)
    with torch.no_grad():
        features = space.image_features(images, _PRESENT)
        assert set(features) == set(space.image.branches)
        assert torch.equal(space.project_images(features, _PRESENT), space.embed_images(images, _PRESENT))
        vectors = space.embed_texts(WORDS)
    torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(len(WORDS)))


def test_members_are_unit_vectors_of_their_own() -> None:
    space = tiny_joint_space(head={"width": 16, "members": 3})
    with torch.no_grad():
        parts = space.split_members(space.embed_texts(WORDS))
    assert parts.shape == (3, len(WORDS), 16)
    torch.testing.assert_close(parts.norm(dim=-1), torch.ones(3, len(WORDS)))


def test_scale_is_held_below_a_hundred() -> None:
    space = tiny_joint_space()
    assert space.scale.item() == pytest.approx(1 / 0.07)
    space.logit_scale.data.fill_(10.0)
    assert space.scale.item() == pytest.approx(100.0)


def test_standardise_counts_only_who_is_there() -> None:
    space = tiny_joint_space()
    features = {"flair": torch.tensor([[1.0], [3.0], [500.0]]).expand(3, 256)}
    mask = {"flair": torch.tensor([True, True, False])}
    space.standardise(features, mask, torch.randn(5, 24))
    assert space.image.head("flair").mean[0] == 2.0
    assert space.image.head("flair").std[0] == 1.0
    assert space.image.head("t1").mean[0] == 0.0


def test_frozen_towers_leave_the_heads_to_train() -> None:
    space = tiny_joint_space()
    space.freeze_towers()
    names = [name for name, p in space.named_parameters() if p.requires_grad]
    assert all(n.startswith(("image.heads.", "text_head.", "logit_")) for n in names)
    assert any(n.startswith("image.heads.") for n in names)


def test_same_seed_same_space_other_seed_other_space() -> None:
    a, b, c = tiny_joint_space(seed=1), tiny_joint_space(seed=1), tiny_joint_space(seed=2)
    assert torch.equal(a.text_head.members[0].linear.weight, b.text_head.members[0].linear.weight)
    assert torch.equal(a.image.towers[0].stages[0].keep.weight, b.image.towers[0].stages[0].keep.weight)
    assert not torch.equal(a.text_head.members[0].linear.weight, c.text_head.members[0].linear.weight)


def test_building_leaves_the_callers_chance_alone() -> None:
    torch.manual_seed(3)
    expected = torch.randn(2)
    torch.manual_seed(3)
    tiny_joint_space()
    assert torch.equal(torch.randn(2), expected)


def test_loading_from_nowhere_says_so(tmp_path) -> None:
    with pytest.raises(ModelError, match=r"expected a saved joint space .* found none"):
        JointSpace.from_pretrained(tmp_path)


def test_settings_hold_no_path_of_this_machine(tmp_path) -> None:
    tiny_joint_space().save_pretrained(tmp_path)
    assert "/" not in json.dumps(json.loads((tmp_path / "config.json").read_text())["encoder"])
