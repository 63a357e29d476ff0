"""The model directory: parts that are whole or absent, and commands for what is missing."""

from importlib.util import find_spec

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models import packaged
from lexiscope.models.build import build_joint_space
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.models import random_images, tiny_encoder, tiny_joint_space, tiny_text_tower, tiny_views
from lexiscope.views.slices import SlicesView

_RECORD = {"verb": "train align", "corpus": "abc123", "seed": 7, "metrics": {"recall@10": 0.5432109}}


@pytest.fixture
def saved(tmp_path) -> ModelDirectory:
    model = ModelDirectory(tmp_path / "model")
    model.save_joint(tiny_joint_space(), views=tiny_views(), record=_RECORD)
    return model


def test_joint_comes_back_with_its_views_and_record(saved: ModelDirectory) -> None:
    assert saved.views() == tiny_views()
    assert saved.record() == _RECORD
    images = random_images(tiny_views(), cases=1)
    present = {name: torch.tensor([True]) for name in images}
    with torch.no_grad():
        assert torch.equal(
            saved.joint().embed_images(images, present), tiny_joint_space().embed_images(images, present)
        )


def test_card_says_what_must_be_known(saved: ModelDirectory) -> None:
    card = (saved.path / "README.md").read_text()
    for words in (
        "not for diagnosis",
        "abc123",
        "seed: 7",
        "recall@10: 0.5432",
        "trained from scratch",
        "flair",
        "late",
    ):
        assert words in card, words


def test_fingerprint_follows_weights_and_views(saved: ModelDirectory, tmp_path) -> None:
    same = ModelDirectory(tmp_path / "same")
    same.save_joint(tiny_joint_space(), views=tiny_views(), record={})
    assert same.fingerprint == saved.fingerprint
    same.save_joint(tiny_joint_space(seed=1), views=tiny_views(), record={})
    assert same.fingerprint != saved.fingerprint
    other = ModelDirectory(tmp_path / "other")
    other.save_joint(tiny_joint_space(), views=tiny_views("slices"), record={})
    assert other.fingerprint != saved.fingerprint


@pytest.mark.weights
def test_a_saved_model_needs_no_weight_package(tmp_path, monkeypatch) -> None:
    views = {"flair": SlicesView(size=64, slices=2, channels=1)}
    needed = [packaged.PACKAGED[name].module for name in ("mobilenet-v2", "sentence-transformers/all-MiniLM-L6-v2")]
    if any(find_spec(package) is None for package in needed):
        pytest.skip("requirements/weights.txt is not installed")
    space = build_joint_space(views, image="mobilenet-v2")
    model = ModelDirectory(tmp_path)
    model.save_joint(space, views=views, record={})
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    images, present = random_images(views, cases=2), {"flair": torch.tensor([True, True])}
    loaded = model.joint()
    with torch.no_grad():
        assert torch.equal(loaded.embed_images(images, present), space.embed_images(images, present))
        assert torch.equal(loaded.embed_texts(["a lesion"]), space.embed_texts(["a lesion"]))
    assert "BSD-3-Clause" in (tmp_path / "README.md").read_text()


def test_missing_parts_name_the_command(tmp_path) -> None:
    model = ModelDirectory(tmp_path)
    for call in (model.joint, model.views, model.record, lambda: model.fingerprint):
        with pytest.raises(ModelError, match=r"has no joint part; make it with: lexiscope train align CORPUS --out"):
            call()
    with pytest.raises(ModelError, match=r"no image part; make it with: lexiscope train pretrain"):
        model.encoder()
    with pytest.raises(ModelError, match=r"no text part"):
        model.text()


def test_pretrained_parts_stand_alone(tmp_path) -> None:
    model = ModelDirectory(tmp_path)
    model.save_image(tiny_encoder(tiny_views()), views=tiny_views(), record={"seed": 1})
    model.save_text(tiny_text_tower(), record={})
    assert model.encoder().modalities == ("flair", "t1", "t2")
    assert model.text().width == 24
    assert model.views() == tiny_views()
    assert model.record() == {"seed": 1}


def test_a_failed_save_leaves_the_old_part(saved: ModelDirectory, monkeypatch) -> None:
    before = saved.fingerprint
    space = tiny_joint_space(seed=5)
    monkeypatch.setattr(type(space), "save_pretrained", lambda *a, **k: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        saved.save_joint(space, views=tiny_views(), record={})
    assert saved.fingerprint == before
    assert sorted(path.name for path in saved.path.iterdir()) == ["README.md", "joint"]


def test_a_run_stopped_between_the_renames_is_healed(saved: ModelDirectory) -> None:
    before = saved.fingerprint
    (saved.path / "joint").rename(saved.path / ".joint.old")
    assert saved.fingerprint == before


def test_damage_is_named(saved: ModelDirectory) -> None:
    (saved.path / "joint" / "record.json").write_text("{")
    with pytest.raises(ModelError, match=r"expected JSON in .*record\.json.*make it again"):
        saved.record()


def test_views_must_fit_the_space(tmp_path) -> None:
    with pytest.raises(ModelError, match=r"reads flair, t1, t2, got views of t1; give one view for each modality"):
        ModelDirectory(tmp_path).save_joint(tiny_joint_space(), views=tiny_views(modalities=("t1",)), record={})
