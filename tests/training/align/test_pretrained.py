"""Pretrained parts to start from: taken where nothing else is named, refused where they do not fit."""

from pathlib import Path

import pytest

from lexiscope.core.errors import ModelError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.towers import automatic
from lexiscope.testing.models import tiny_encoder, tiny_text_tower, tiny_views
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.align.job import prepare_alignment
from lexiscope.training.align.pretrained import find_pretrained
from lexiscope.views.planar import PlanarView

ORIGIN = {"name": "somewhere", "origin": "a lab", "place": "here", "layout": "hub", "licence": "MIT"}


def record(objective: str) -> dict:
    return {
        "verb": "train pretrain", "config": {"objective": objective}, "corpus": "0123456789abcdef",
        "trained_on": {"split": "train"}, "weights": [ORIGIN], "run": "key",
    }  # fmt: skip


@pytest.fixture
def model(tmp_path: Path) -> ModelDirectory:
    """Both parts, of images and of texts."""
    made = ModelDirectory(tmp_path / "model")
    views = tiny_views()
    made.save_image(tiny_encoder(views), views=views, record=record("mae"))
    made.save_text(tiny_text_tower(), record=record("mlm"))
    return made


def test_without_a_pretrained_part_a_tower_is_chosen_and_said(
    shapes: Corpus, small_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = _tiny_dinov2(tmp_path / "packaged")
    monkeypatch.setattr(automatic, "OFFLINE", packaged)
    empty = ModelDirectory(tmp_path / "model")
    chosen = prepare_alignment(shapes, empty, AlignConfig(text=small_text, size=28))
    (note,) = [note for note in chosen.notes if "was taken as image tower" in note]
    assert "not in the hub cache: facebook/dinov3" in note
    named = prepare_alignment(shapes, empty, AlignConfig(image=packaged, text=small_text, size=28))
    assert chosen.identity() == named.identity()
    assert not any("was taken" in note for note in named.notes)


def test_images_are_standardised_as_those_of_the_tower_were(shapes: Corpus, small_text: str, tmp_path: Path) -> None:
    tower = _tiny_dinov2(tmp_path / "tower")
    config = AlignConfig(image=tower, text=small_text, size=28)
    (view,) = prepare_alignment(shapes, ModelDirectory(tmp_path / "model"), config).data.views.values()
    assert view == PlanarView(size=28, fit="squash")  # ImageNet's, where the weights say nothing
    (tmp_path / "tower" / "preprocessor_config.json").write_text(
        '{"image_mean": [0.5, 0.4, 0.3], "image_std": [1, 1, 2]}'
    )
    (view,) = prepare_alignment(shapes, ModelDirectory(tmp_path / "model"), config).data.views.values()
    assert (view.intensity.mean, view.intensity.std) == ((0.5, 0.4, 0.3), (1, 1, 2))


def _tiny_dinov2(folder: Path) -> str:
    from transformers import Dinov2Config, Dinov2Model

    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 28}
    Dinov2Model(Dinov2Config(**sizes)).save_pretrained(folder)
    return str(folder)


def test_both_parts_are_taken_where_no_tower_is_named(model: ModelDirectory) -> None:
    start = find_pretrained(model, AlignConfig())
    assert start.encoder is not None
    assert start.text is not None
    assert start.views == tiny_views()
    assert [note.split(" (")[0] for note in start.notes()] == [
        f"started from the {part} part of this model" for part in ("image", "text")
    ]
    assert [origin["name"] for origin in start.origins()] == ["somewhere", "somewhere", "image part", "text part"]
    assert start.origins()[2]["origin"] == "train pretrain --objective mae, corpus 0123456789ab"


def test_a_tower_that_is_named_goes_before_them(model: ModelDirectory) -> None:
    start = find_pretrained(model, AlignConfig(image="cnn", text="bert"))
    assert (start.encoder, start.text, start.notes(), start.origins(), start.views) == (None, None, [], [], {})
    assert find_pretrained(ModelDirectory(model.path / "nothing"), AlignConfig()).encoder is None


def test_some_of_the_modalities_may_be_wanted_but_no_others(model: ModelDirectory) -> None:
    assert set(find_pretrained(model, AlignConfig(modalities=("t1",))).views) == {"t1"}
    with pytest.raises(UsageError, match=r"part reads flair, t1, t2, got pet; .*--image"):
        find_pretrained(model, AlignConfig(modalities=("pet",)))


def test_only_settings_that_were_given_must_fit(model: ModelDirectory) -> None:
    assert AlignConfig().size != 32  # the default is no wish
    find_pretrained(model, AlignConfig(size=32))
    with pytest.raises(UsageError, match=r"trained with size 32, got 64"):
        find_pretrained(model, AlignConfig(size=64))


def test_a_record_that_lacks_what_is_needed_names_the_command(model: ModelDirectory) -> None:
    views = tiny_views()
    model.save_image(tiny_encoder(views), views=views, record={"verb": "train"})
    with pytest.raises(ModelError, match=r"record of the image part .*lacks 'config'; .*lexiscope train pretrain"):
        find_pretrained(model, AlignConfig())
