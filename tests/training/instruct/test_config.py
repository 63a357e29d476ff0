"""Settings of instruction tuning: which language model, how it learns, and what makes no sense together."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.models.assistant.language import SCRATCH
from lexiscope.training.instruct.config import InstructConfig


@pytest.mark.parametrize(
    ("settings", "name", "passes", "lr"),
    [
        ({}, SCRATCH, 20, 1e-3),
        ({"lora": True}, "smollm2", 2, 2e-4),
        ({"language": "a hub name"}, "a hub name", 2, 2e-5),
        ({"start": "a published model", "lora": True}, "a published model", 2, 2e-4),
        ({"language": "a hub name", "lora": True, "epochs": 5, "lr": 0.5}, "a hub name", 5, 0.5),
    ],
)
def test_what_follows_from_the_language_model(settings: dict, name: str, passes: int, lr: float) -> None:
    config = InstructConfig(**settings)
    config.check()
    assert (config.language_name, config.passes, config.language_lr) == (name, passes, lr)
    assert config.from_scratch == (name == SCRATCH)
    assert (config.adapter is None) == (not config.lora)


def test_the_adapter_has_the_rank_asked_for() -> None:
    adapter = InstructConfig(lora=True, rank=3).adapter
    assert adapter is not None
    assert adapter["r"] == 3
    assert "q_proj" in adapter["target_modules"]


def test_two_models_to_start_from_are_refused() -> None:
    with pytest.raises(UsageError, match="has a language model of its own, got 'smollm2' beside it; give --start or"):
        InstructConfig(start="llava", language="smollm2").check()


def test_an_adapter_beside_random_weights_is_refused() -> None:
    with pytest.raises(UsageError, match=r"got 'tiny'; name one such as 'smollm2', or train without lora"):
        InstructConfig(language=SCRATCH, lora=True).check()
