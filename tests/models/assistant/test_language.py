"""Language models by name and from scratch: the same for the same files, texts and seeds, and never a silent cut."""

from pathlib import Path

import pytest
import torch

from lexiscope.core.errors import ModelError, WeightsError
from lexiscope.models.assistant.language import (
    language_fingerprint,
    language_from_scratch,
    load_language,
    rebuild_language,
)
from lexiscope.testing.speaking import save_language, tiny_language


def test_a_language_model_from_scratch_follows_from_its_texts_and_seed() -> None:
    a, b, c = tiny_language(), tiny_language(), tiny_language(seed=1)
    states = [language.model.state_dict() for language in (a, b, c)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not all(torch.equal(states[0][name], states[2][name]) for name in states[0])
    with pytest.raises(ModelError, match="texts with words"):
        language_from_scratch([])


def test_a_language_model_from_a_directory(tmp_path: Path) -> None:
    name = save_language(tiny_language(), tmp_path / "a")
    found = load_language(name)
    assert torch.equal(found.model.lm_head.weight, tiny_language().model.lm_head.weight)
    assert found.tokenizer.encode("a bright lesion " * 200).ids[1:]  # longer than any tower: never cut
    assert len(found.tokenizer.encode("a bright lesion " * 200).ids) > 400
    assert found.origin is not None
    other = save_language(tiny_language(seed=1), tmp_path / "b")
    copied = save_language(tiny_language(), tmp_path / "c")
    assert language_fingerprint(name) == language_fingerprint(copied) != language_fingerprint(other)
    (tmp_path / "a" / "tokenizer.json").unlink()
    with pytest.raises(WeightsError, match=r"tokenizer\.json beside the language model"):
        load_language(name)


def test_what_is_no_causal_language_model_is_refused() -> None:
    with pytest.raises(WeightsError, match="causal language model, got 'abacus'"):
        rebuild_language({"model_type": "abacus"})


def test_a_directory_without_a_language_model_is_refused(tmp_path: Path) -> None:
    name = save_language(tiny_language(), tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no")
    with pytest.raises(WeightsError, match=r"cannot read a causal language model .*; save it there with"):
        load_language(name)
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(WeightsError, match=r"cannot read a causal language model .*; save it there with"):
        load_language(name)


def test_settings_of_training_are_dropped_when_a_model_is_rebuilt() -> None:
    settings = tiny_language().model.config.to_dict()
    rebuilt = rebuild_language({**settings, "dtype": "bfloat16", "quantization_config": {"bits": 4}})
    assert {weight.dtype for weight in rebuilt.parameters()} == {torch.float32}
    assert not rebuilt.training
