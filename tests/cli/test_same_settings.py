"""Python, a YAML file and the command line fill the same settings: checked for every class that makes options."""

import random
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from lexiscope.cli.choices import Choice, choices_of
from lexiscope.cli.groups import single
from lexiscope.cli.options import Config, read_settings, takes, written_in
from lexiscope.core.errors import UsageError
from lexiscope.core.settings import Argument, Settings, settings_of
from lexiscope.evaluate import EVALUATIONS
from lexiscope.language import WRITERS
from lexiscope.sources import SOURCES
from lexiscope.tasks import TASKS
from lexiscope.training import STAGES

_DRAWS = 6


def _classes() -> Iterator[tuple[str, type[Settings]]]:
    """Every class whose fields become options of a verb."""
    for name, source in SOURCES.load_all().items():
        yield f"source-{name}", settings_of(source)
    for name, stage in STAGES.load_all().items():
        yield f"stage-{name}", stage.Config
    for name, writer in WRITERS.load_all().items():
        yield f"writer-{name}", writer.Settings
    for name, evaluation in EVALUATIONS.load_all().items():
        yield f"evaluation-{name}", evaluation.Options
    for name, task in TASKS.load_all().items():
        yield f"task-{name}", task.Settings
        yield f"request-{name}", task.Request


_CLASSES = dict(_classes())


@pytest.mark.parametrize("name", _CLASSES)
def test_every_field_is_an_option_with_a_text(name: str) -> None:
    choices = choices_of(_CLASSES[name])
    assert [choice.name for choice in choices] == _CLASSES[name].option_names()
    assert sorted(choice.name for choice in choices) == sorted(_CLASSES[name].model_fields)
    assert not [choice.name for choice in choices if not choice.help]
    flags = [flag for choice in choices if not isinstance(choice.marker, Argument) for flag in choice.flags]
    assert len(flags) == len(set(flags))


@pytest.mark.parametrize("name", _CLASSES)
def test_the_three_ways_fill_the_same_settings(name: str, tmp_path: Path) -> None:
    kind, rng = _CLASSES[name], random.Random(name)
    for _ in range(_DRAWS):
        values = _drawn(kind, rng)
        by_python = kind.of(values)
        file = tmp_path / "settings.yaml"
        file.write_text(yaml.safe_dump(_plain(values)), encoding="utf-8")
        assert kind.read(file) == by_python
        assert _by_words(kind, _words(kind, values)) == by_python


def _by_words(kind: type[Settings], words: list[str]) -> Settings:
    made: list[Settings] = []

    @takes(kind)
    def verb(*, given: dict[str, Any], config: Config = None) -> None:
        made.append(read_settings(kind, written_in(config), given))

    done = CliRunner().invoke(single(verb, help="Run."), words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return made[0]


def _drawn(kind: type[Settings], rng: random.Random) -> dict[str, Any]:
    """Values for some of the fields that make sense together; all of those that must be given."""
    for _ in range(200):
        values = {
            choice.name: _value(choice.annotation, rng)
            for choice in choices_of(kind)
            if choice.required or rng.random() < 0.4
        }
        values = {name: value for name, value in values.items() if _fits(kind, name, value)}
        try:
            kind(**values)
        except (ValidationError, ValueError):
            continue
        except Exception:
            continue
        return values
    raise AssertionError(f"no values were drawn that {kind.__name__} takes")


def _fits(kind: type[Settings], name: str, value: Any) -> bool:
    """Whether a value is within the bounds of its field."""
    try:
        kind.__pydantic_validator__.validate_assignment(kind.model_construct(), name, value)
    except ValidationError as error:
        return all(one["type"] == "frozen_instance" for one in error.errors())
    except UsageError:
        return False
    return True


def _value(annotation: Any, rng: random.Random) -> Any:
    origin, kinds = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _value(rng.choice([one for one in kinds if one is not NoneType]), rng)
    if origin is Literal:
        return rng.choice(kinds)
    if origin is tuple:
        items = [kinds[0]] * rng.randint(1, 3) if kinds[1:] == (...,) else kinds
        return tuple(_value(item, rng) for item in items)
    if origin is dict:
        return {f"key{n}": _value(kinds[1], rng) for n in range(rng.randint(1, 2))}
    plain = {
        bool: lambda: rng.random() < 0.5,
        int: lambda: rng.randint(1, 40),
        float: lambda: rng.choice([0.25, 0.5, 2.0]),
        Path: lambda: Path(f"some/{rng.randint(1, 9)}"),
    }
    return plain.get(annotation, lambda: f"word {rng.randint(1, 99)}")()


def _words(kind: type[Settings], values: dict[str, Any]) -> list[str]:
    """The values as they are typed."""
    words: list[str] = []
    for choice in choices_of(kind):
        if choice.name in values:
            words += _typed(choice, values[choice.name])
    return words


def _typed(choice: Choice, value: Any) -> list[str]:
    if isinstance(choice.marker, Argument):
        return [str(value)]
    flag = choice.flags[0]
    if choice.annotation is bool:
        yes, _, no = flag.partition("/")
        return [yes if value else no]
    if choice.metavar == "YAML":
        return [flag, yaml.safe_dump(_plain(value), default_flow_style=True)]
    if choice.metavar == "NAME=VALUE":
        pairs = [
            (key, item) for key, items in value.items() for item in (items if isinstance(items, tuple) else [items])
        ]
        return [word for key, item in pairs for word in (flag, f"{key}={item}")]
    if choice.repeated:
        return [word for item in value for word in (flag, str(item))]
    return [flag, *map(str, value)] if isinstance(value, tuple) else [flag, str(value)]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
