"""The examples run, on data made by code, and find what is planted there."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

_EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def _example(name):
    spec = importlib.util.spec_from_file_location(name, _EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _interpreted(example, data, tmp_path, *, epochs):
    torch.manual_seed(0)
    networks = {fusion: example.trained(kind(), data, epochs=epochs) for fusion, kind in example.KINDS.items()}
    return example.interpret_networks(networks, data, out=tmp_path)


def _shapley(subject, name):
    rows = subject.result("contribution").rows
    (row,) = [r for r in rows if (r["case"], r["quantity"], r["input"]) == ("all", "Shapley value", name)]
    return row["missing"]


@pytest.mark.slow
def test_three_ways_of_joining_image_and_sound_are_interpreted(tmp_path):
    example = _example("av_digits")
    data = example.simulate(600)
    made = _interpreted(example, data, tmp_path, epochs=4)
    assert [subject.fusion for subject in made.subjects] == ["early", "hybrid", "late"]
    for subject in made.subjects:
        assert not subject.left_out
        for name in ("image", "audio"):
            assert _shapley(subject, name).low > 0, f"{name} is needed by the {subject.fusion} network"
    assert (tmp_path / "report.html").is_file()


@pytest.mark.slow
def test_a_sound_that_is_noise_adds_nothing(tmp_path):
    example = _example("av_digits")
    data = example.simulate(600)
    rng = np.random.default_rng(0)
    data["audio"] = rng.random(data["audio"].shape, dtype=np.float32)
    made = _interpreted(example, data, tmp_path, epochs=6)
    late = made.subjects[2]
    assert _shapley(late, "image").low > 5 * abs(_shapley(late, "audio").value)


@pytest.mark.slow
@pytest.mark.shared
def test_real_digits_are_read(shared, tmp_path):
    example = _example("av_digits")
    data = example.read(shared / "av_digits" / "av_digits.npz")
    assert (data["image"].shape, data["audio"].shape) == ((2500, 1, 8, 8), (2500, 1, 32, 32))
    made = _interpreted(example, data, tmp_path, epochs=3)
    early = made.subjects[0]
    assert early.cases == 250
    assert all(_shapley(early, name).low > 0 for name in ("image", "audio"))
