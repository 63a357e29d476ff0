"""Aligning from a published model: its projections and its loss go on, and the record says how much was trained."""

import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.published.space import load_published
from lexiscope.testing.published import save_published
from lexiscope.training.align.align import align
from lexiscope.training.align.config import AlignConfig


@pytest.mark.slow
@pytest.mark.parametrize("unfreeze", [False, True])
def test_aligning_goes_on_from_a_published_model(shapes: Corpus, tmp_path, unfreeze):
    name = save_published(tmp_path / "published", [text.text for case in shapes for text in case.texts])
    config = AlignConfig.of({"start": name, "epochs": 12, "batch": 12, "lr": 0.02, "unfreeze": unfreeze})
    result = align(shapes, tmp_path / "model", config=config)
    assert f"started from {name}, with its own towers and projections" in result.notes
    model = ModelDirectory(tmp_path / "model")
    start = model.record()["start"]
    assert start["name"] == name
    assert any("as published" in note for note in result.notes)
    views = model.views()
    published, now = load_published(name).joint_space(views), model.joint()
    assert views["photo"].shape == (3, 32, 32)
    moved = (now.text_head.members[0].linear.weight - published.text_head.members[0].linear.weight).abs().max().item()
    assert (moved > 0) == (start["weight"] > 0)
    tower, as_published = now.image.tower("photo").state_dict(), published.image.tower("photo").state_dict()
    same = all(torch.equal(tower[key], as_published[key]) for key in tower)
    assert same == (not unfreeze or start["weight"] == 0)
    assert align(shapes, tmp_path / "model", config=config).notes[-1].startswith("this joint part was already trained")


def test_volumes_go_on_with_the_loss_of_a_siglip(volumes: Corpus, tmp_path):
    name = save_published(tmp_path / "published", [text.text for case in volumes for text in case.texts], kind="siglip")
    config = AlignConfig.of({"start": name, "epochs": 1, "batch": 6, "slices": 2})
    align(volumes, tmp_path / "model", config=config)
    model = ModelDirectory(tmp_path / "model")
    settings = model.record()["config"]
    assert (settings["objective"], settings["size"], settings["fit"]) == ("siglip", 32, "squash")
    assert {view.shape for view in model.views().values()} == {(2, 1, 32, 32)}
    assert model.joint().logit_bias.item() == pytest.approx(-7.0, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("unfreeze", [False, True])
def test_a_start_that_must_not_get_worse_is_kept(shapes: Corpus, tmp_path, unfreeze):
    name = save_published(tmp_path / "published", [text.text for case in shapes for text in case.texts])
    config = {"start": name, "epochs": 2, "batch": 12, "lr": 0.02, "unfreeze": unfreeze, "keep": shapes.path}
    align(shapes, tmp_path / "model", config=AlignConfig.of(config))  # what must not get worse is what gets better
    assert 0 <= ModelDirectory(tmp_path / "model").record()["start"]["weight"] <= 1
    bare = AlignConfig.of({"keep": shapes.path})
    with pytest.raises(UsageError, match=r"--keep holds what a published start knew, got .* without one"):
        align(shapes, tmp_path / "model", config=bare)


@pytest.mark.parametrize("beside", [{"image": "cnn"}, {"head": {"width": 8}}, {"fusion": "early"}])
def test_towers_and_heads_beside_a_published_start_are_refused(shapes: Corpus, tmp_path, beside):
    config = AlignConfig.of({"start": "a/clip", **beside})
    with pytest.raises(UsageError, match=f"its own towers and heads, got {next(iter(beside))} beside it; leave that"):
        align(shapes, tmp_path / "model", config=config)
