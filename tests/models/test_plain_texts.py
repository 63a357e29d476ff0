"""The text half of a joint space without torch gives what the whole one gives."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from lexiscope.core.errors import ModelError
from lexiscope.models.joint import JointSpace
from lexiscope.models.plain_texts import PlainTexts, load_plain_texts
from lexiscope.tasks.search.wording import wording_vectors
from lexiscope.testing.models import tiny_joint_space

TEXTS = ["a red disc, specimen 4.", "a", "a blue square and a red disc " * 200]


def saved(folder: Path, **options: object) -> JointSpace:
    """A joint space whose heads standardise and whose norms do something."""
    space = tiny_joint_space(**options).eval()
    with torch.no_grad():
        for name, values in space.named_parameters():
            if name.startswith("text"):
                values.add_(0.3 * torch.randn(values.shape, generator=torch.Generator().manual_seed(len(name))))
        space.text_head.standardise(space.text_features(["a red disc", "a blue square", "specimen"]))
    space.save_pretrained(folder)
    return space


@pytest.mark.parametrize("members", [1, 3])
def test_vectors_are_those_of_the_whole_joint_space(tmp_path: Path, members: int) -> None:
    space = saved(tmp_path, head={"width": 16, "members": members})
    plain = load_plain_texts(tmp_path)
    assert isinstance(plain, PlainTexts)
    for text, whole in zip(TEXTS, wording_vectors(space, TEXTS), strict=True):
        np.testing.assert_allclose(np.concatenate(plain.vectors(text)), whole, atol=2e-5)


@pytest.mark.parametrize("change", [{"hidden_act": "relu"}, {"model_type": "roberta"}, {"is_decoder": True}])
def test_another_kind_of_tower_needs_torch(tmp_path: Path, change: dict[str, object]) -> None:
    saved(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["text"]["model"].update(change)
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert load_plain_texts(tmp_path) is None


def test_heads_that_are_no_linear_map_need_torch(tmp_path: Path) -> None:
    saved(tmp_path, text_head={"kind": "mlp"})
    assert load_plain_texts(tmp_path) is None


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_damaged_files_are_left_to_the_loader_of_the_whole(tmp_path: Path, name: str) -> None:
    saved(tmp_path)
    (tmp_path / name).write_bytes(b"{")
    assert load_plain_texts(tmp_path) is None


def test_a_tensor_that_lacks_is_left_to_the_loader_of_the_whole(tmp_path: Path) -> None:
    saved(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["text_head.mean"]
    save_file(weights, tmp_path / "model.safetensors")
    assert load_plain_texts(tmp_path) is None


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights["text_head.mean"][0] = float("nan")
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"text_head\.mean holds numbers that are not finite"):
        load_plain_texts(tmp_path)


def test_texts_together_are_as_each_alone(tmp_path: Path) -> None:
    saved(tmp_path, head={"width": 16, "members": 3})
    plain = load_plain_texts(tmp_path)
    assert plain is not None
    for text, (tower, joint) in zip(TEXTS, plain.vectors_of_all(TEXTS), strict=True):
        alone = plain.vectors(text)
        np.testing.assert_allclose(tower, alone[0], atol=1e-6)
        np.testing.assert_allclose(joint, alone[1], atol=1e-6)
