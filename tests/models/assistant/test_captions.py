"""Who writes captions, on disk: what was saved is what is loaded, and what does not fit is refused by name."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.captions import CaptionChoice, CaptionModel
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens, TokenPlan
from lexiscope.testing.speaking import tiny_captions


def test_what_was_saved_predicts_the_same(tmp_path: Path) -> None:
    made = tiny_captions()
    apart = frozenset({frozenset({("side", "left"), ("lesion", "none")})})
    made = replace(made, predictor=replace(made.predictor, contradictions=apart))
    made.save(tmp_path)
    loaded = CaptionModel.load(tmp_path)
    assert loaded is not None
    assert loaded.predictor.contradictions == apart
    assert loaded.choice == made.choice
    assert loaded.plan == TokenPlan(side=2, slices=1)
    read = BranchTokens(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), torch.zeros(2, 1, 2))
    seen = ImageTokens({"photo": read}, {"photo": torch.ones(2, dtype=torch.bool)})
    assert loaded.predictor.predict(seen) == made.predictor.predict(seen)
    assert [case[0].value for case in loaded.predictor.predict(seen)] == ["left", "right"]


def test_a_model_from_before_has_none(tmp_path: Path) -> None:
    assert CaptionModel.load(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("writers", []),
        ("writers", ["nobody"]),
        ("scores", {"composed": "much"}),
        ("plan", {"side": 2, "odd": 1}),
        ("contradictions", [[1, 2]]),
        ("attributes", [{"name": "side", "values": ["left"], "temperature": 1.0}]),
        ("attributes", [{"name": "side", "values": ["left", "right"], "temperature": 0.0}]),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, name: str, value: object) -> None:
    tiny_captions().save(tmp_path)
    file = tmp_path / "captions.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), name: value}))
    with pytest.raises(ModelError, match="captions"):
        CaptionModel.load(tmp_path)


@pytest.mark.parametrize("name", ["0/readout", "0/base", "0/rates", "mean/photo/readout", "std/photo/readout"])
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, name: str) -> None:
    tiny_captions().save(tmp_path)
    file = tmp_path / "captions.safetensors"
    save_file({**load_file(file), name: np.zeros(7, np.float32)}, file)
    with pytest.raises(ModelError, match=r"captions\.safetensors"):
        CaptionModel.load(tmp_path)


def test_a_choice_without_held_out_cases_says_so() -> None:
    assert CaptionChoice(("composed",)).in_words == (
        "Captions are composed from attributes; there were no held-out cases to weigh that by."
    )
