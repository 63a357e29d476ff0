"""Low-rank adapters: nothing at first, alone in training, and gone without a trace when merged."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.adapter import add_adapter, merge_adapter
from lexiscope.testing.speaking import tiny_language

_SETTINGS = {"r": 2, "target_modules": ["q_proj", "down_proj"]}


@torch.no_grad()
def logits(language: torch.nn.Module) -> torch.Tensor:
    return language(input_ids=torch.arange(6)[None]).logits


def test_a_fresh_adapter_changes_nothing_and_alone_trains() -> None:
    language = tiny_language().model
    before = logits(language)
    add_adapter(language, _SETTINGS)
    torch.testing.assert_close(logits(language), before)
    trains = {name for name, weight in language.named_parameters() if weight.requires_grad}
    assert trains
    assert all("lora_" in name for name in trains)
    assert {name.split(".")[-4] for name in trains} == {"q_proj", "down_proj"}


def test_a_merged_adapter_leaves_its_effect_and_no_layers() -> None:
    language, names = tiny_language().model, set(tiny_language().model.state_dict())
    plain = logits(language)
    add_adapter(language, _SETTINGS)
    with torch.no_grad():
        for name, weight in language.named_parameters():
            if "lora_" in name:
                weight.fill_(0.1)
    adapted = logits(language)
    merge_adapter(language)
    assert set(language.state_dict()) == names
    torch.testing.assert_close(logits(language), adapted, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(adapted, plain, atol=1e-3)


def test_merging_where_there_is_none_changes_nothing() -> None:
    language = tiny_language().model
    before = logits(language)
    merge_adapter(language)
    assert torch.equal(logits(language), before)


def test_an_adapter_needs_layers_of_its_names() -> None:
    with pytest.raises(ModelError, match=r"layers nowhere, got LlamaForCausalLM.*without an adapter"):
        add_adapter(tiny_language().model, {"r": 2, "target_modules": ["nowhere"]})
