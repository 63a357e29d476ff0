"""Settings of stages: a YAML file says what Python says, and the key of a run follows from what decides it."""

import math
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lexiscope.core.errors import UsageError
from lexiscope.core.numbers import LARGEST_SEED
from lexiscope.core.settings import Flag
from lexiscope.corpus import Corpus
from lexiscope.training import STAGES
from lexiscope.training.loop.config import LoopConfig
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.settings import StageSettings

CONFIGS = [*(STAGES.load(name).Config for name in STAGES), PretrainConfig]
NUMBERS = st.floats(0.001, 1000, allow_nan=False)
BY_TYPE = {
    dict[str, Any]: st.dictionaries(st.text("abc", min_size=1), st.integers() | st.text() | NUMBERS, max_size=3),
    dict[str, Any] | None: st.none() | st.dictionaries(st.text("abc", min_size=1), st.integers(), max_size=3),
    tuple[float, float, float] | None: st.none() | st.tuples(NUMBERS, NUMBERS, NUMBERS),
    tuple[float, ...] | None: st.none() | st.lists(NUMBERS, max_size=3).map(tuple),
}


def values(config: type[StageSettings], name: str) -> st.SearchStrategy[Any]:
    """Values that a setting may have, from its type and its bounds."""
    field = config.model_fields[name]
    if name == "seed":
        return st.integers(0, LARGEST_SEED)
    if field.annotation in BY_TYPE:
        return BY_TYPE[field.annotation]
    bounds = [bound for bound in field.metadata if not isinstance(bound, Flag)]
    kind: Any = field.annotation
    if not bounds:
        return st.from_type(kind)
    optional = kind.__args__[0] if hasattr(kind, "__args__") else kind
    bounded = st.from_type(Annotated[optional, *bounds]).filter(math.isfinite)
    return bounded if optional is kind else st.none() | bounded


def any_settings(config: type[StageSettings]) -> st.SearchStrategy[StageSettings]:
    """Any choice of some of the settings."""
    return st.fixed_dictionaries({}, optional={name: values(config, name) for name in config.model_fields}).map(
        config.of
    )


@pytest.mark.parametrize("config", CONFIGS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_yaml_file_says_what_python_says(config: type[StageSettings], data: st.DataObject, tmp_path: Path) -> None:
    chosen = data.draw(any_settings(config))
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump(chosen.model_dump(mode="json")), encoding="utf-8")
    again = config.read(file)
    assert again == chosen
    assert again.key() == chosen.key()


@pytest.mark.parametrize("config", CONFIGS)
def test_the_key_follows_from_every_setting_that_decides_the_outcome(config: type[StageSettings]) -> None:
    plain, others = config(), {"seed": 7, "epochs": 3, "batch": 5, "lr": 0.5, "warmup": 0.9, "bf16": True}
    for name, value in others.items():
        assert config.of({name: value}).key() != plain.key(), name
    for name in config.no_effect:
        default = config.model_fields[name].default
        other = not default if isinstance(default, bool) else ("Layer",) if default == () else 9.0
        assert config.of({name: other}).key() == plain.key(), name
    assert plain.key(corpus="a") != plain.key(corpus="b") != plain.key()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("pretrain-image", "b8466dbb0b001711b1e79990d0435b013363ae1effccffb2fc986d58c1c9c974"),
        ("pretrain-text", "95d8a22d21681a7b568150f50d94950516173a1c617c3d966adf6722c637a157"),
        ("align", "b65f1f29207560d0d1751b1b76f965507e3ea5fbfc0dce26f8587916d2009d3a"),
        ("instruct", "7b212a05d6c5c2d6ee9eb1131adea38d84f4d3c9230e2a7a2aaf6b36ae849faa"),
    ],
)
def test_a_run_of_before_is_recognised(name: str, key: str) -> None:
    """A finished run is one whose record holds this key: a setting with another name or default trains all again."""
    assert STAGES.load(name).Config().key(corpus="c") == key


@pytest.mark.parametrize("config", CONFIGS)
def test_the_loop_gets_its_settings_by_their_names(config: type[StageSettings]) -> None:
    chosen = config.of({"epochs": 3, "batch": 5, "warmup": 0.25, "clip_norm": 0.5, "seed": 7, "patience": 2})
    loop = chosen.loop()
    assert (loop.epochs, loop.batch, loop.warmup, loop.clip_norm, loop.seed, loop.patience) == (3, 5, 0.25, 0.5, 7, 2)
    shared = {item.name for item in fields(LoopConfig)} & config.model_fields.keys()
    assert shared >= {"epochs", "batch", "seed", "checkpoint_seconds", "bf16"}


def test_views_are_those_of_the_settings(shapes: Corpus) -> None:
    config = PretrainConfig(size=48, fit="pad", modalities=("photo",))
    assert {name: (view.shape[-1], view.fit) for name, view in config.views(shapes).items()} == {"photo": (48, "pad")}


@pytest.mark.parametrize(
    ("config", "given_settings", "wrong"),
    [
        (PretrainConfig, {"mask": 1.5}, r"mask: .*less than 1, got 1\.5"),
        (CONFIGS[0], {"text_columns": ["caption"]}, r"text_columns: Extra inputs .*Settings: objective"),
        (CONFIGS[1], {"flip": True}, r"flip: Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused(config: Any, given_settings: dict[str, Any], wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong):
        config.of(given_settings)
