"""Settings of pretraining: those of images and of texts alone are all of one run's settings, under one key."""

import pytest

from lexiscope.training.pretrain.config import PretrainConfig, PretrainImageConfig, PretrainTextConfig


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (PretrainImageConfig(size=48, flip=True), PretrainConfig(size=48, flip=True)),
        (PretrainTextConfig(epochs=3), PretrainConfig(objective="mlm", epochs=3)),
        (PretrainTextConfig(text_columns=("a",)), PretrainConfig(objective="mlm", text_columns=("a",))),
        (PretrainConfig(seed=3), PretrainConfig(seed=3)),
    ],
)
def test_a_run_is_known_by_all_settings_however_they_were_given(given, expected: PretrainConfig) -> None:
    resolved = PretrainConfig.resolved(given)
    assert resolved == expected
    assert resolved.key(corpus="a") == expected.key(corpus="a")


def test_images_and_texts_share_their_defaults_with_the_whole() -> None:
    for part in (PretrainImageConfig, PretrainTextConfig):
        for name, field in part.model_fields.items():
            if name != "objective":
                assert field.default == PretrainConfig.model_fields[name].default, name
    images, texts = set(PretrainImageConfig.model_fields), set(PretrainTextConfig.model_fields)
    assert images | texts == set(PretrainConfig.model_fields)


@pytest.mark.parametrize(
    ("settings", "tower_lr"),
    [({}, 1e-3), ({"tower": "vit"}, 1e-3), ({"tower": "dinov2-small-focus"}, 5e-5), ({"lr": 0.1, "tower": "x"}, 0.1)],
)
def test_a_pretrained_tower_takes_small_steps(settings: dict, tower_lr: float) -> None:
    config = PretrainConfig(**settings)
    assert config.tower_lr == tower_lr
    assert config.new_lr == settings.get("lr", 1e-3)
