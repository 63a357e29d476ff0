"""Pretrained models from directories in hub layout: whole, in float32, and never with code of others."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lexiscope.core.errors import WeightsError
from lexiscope.models.pretrained import load_pretrained, rebuild
from lexiscope.models.weights import WeightsSource

_SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}


def source(folder: Path) -> WeightsSource:
    return WeightsSource("mine", folder, "hub", "local directory", "me")


def saved_vit(folder: Path) -> dict[str, torch.Tensor]:
    from transformers import ViTConfig, ViTModel

    model = ViTModel(ViTConfig(image_size=32, **_SIZES))
    model.half().save_pretrained(folder)
    return {name: weight.float() for name, weight in model.state_dict().items()}


def test_a_model_comes_back_in_float32_and_eval_mode(tmp_path: Path) -> None:
    original = saved_vit(tmp_path)
    model = load_pretrained(source(tmp_path))
    assert not model.training
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert all(torch.equal(model.state_dict()[name], weight) for name, weight in original.items())


def test_of_an_image_text_model_the_image_half_is_taken(tmp_path: Path) -> None:
    from transformers import CLIPConfig, CLIPModel

    text, vision = dict(_SIZES, vocab_size=50, max_position_embeddings=8), dict(_SIZES, image_size=32, patch_size=16)
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)).save_pretrained(tmp_path)
    model = load_pretrained(source(tmp_path))
    assert model.main_input_name == "pixel_values"
    with torch.no_grad():
        assert model(pixel_values=torch.zeros(1, 3, 32, 32)).last_hidden_state.shape == (1, 5, 16)


def test_incomplete_weights_are_refused(tmp_path: Path) -> None:
    saved_vit(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    gone = next(name for name in state if "layer" in name)
    save_file({name: x for name, x in state.items() if name != gone}, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(WeightsError, match=r"'mine' .*lacks 1 tensors, such as .*layer.*; use a complete checkpoint"):
        load_pretrained(source(tmp_path))


@pytest.mark.parametrize(
    ("file", "content"), [("config.json", "{}"), ("config.json", "{"), ("model.safetensors", "no weights")]
)
def test_what_cannot_be_read_is_named(tmp_path: Path, file: str, content: str) -> None:
    saved_vit(tmp_path)
    (tmp_path / file).write_text(content)
    with pytest.raises(WeightsError, match=r"cannot read the weights 'mine' at .*; save (it|them) there with"):
        load_pretrained(source(tmp_path))


def test_code_that_travels_with_weights_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit('code of others ran')")
    (tmp_path / "config.json").write_text('{"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil"}}')
    save_file({"x": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(WeightsError, match="cannot read the weights"):
        load_pretrained(source(tmp_path))


def test_a_model_is_rebuilt_from_its_settings_alone() -> None:
    settings = {"model_type": "vit", "image_size": 32, **_SIZES}
    model = rebuild({**settings, "transformers_version": "9.9", "auto_map": {"AutoModel": "evil.Evil"}})
    assert model.config.hidden_size == 16
    with pytest.raises(WeightsError, match=r"model type that transformers knows, got 'abacus'.*update transformers"):
        rebuild({"model_type": "abacus"})
