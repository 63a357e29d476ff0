"""Settings: what fills them, and what is refused."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from pydantic import Field

from lexiscope.core.errors import UsageError
from lexiscope.core.settings import Flag, Settings, read_yaml, settings_of, shared_out


class Oven(Settings):
    """Oven of a test.

    Args:
        name: Name of the oven.
        heat: Heat in degrees.
        steps: Steps of a schedule.
    """

    name: str
    heat: int = Field(default=900, ge=0)
    steps: tuple[int, ...] = ()


def test_what_is_wrong_is_said_all_at_once():
    with pytest.raises(UsageError) as refused:
        Oven.of({"heat": -1, "colour": "red"})
    text = str(refused.value)
    assert "name: expected a value, got none" in text
    assert "heat: Input should be greater than or equal to 0, got -1" in text
    assert "colour: Extra inputs are not permitted" in text
    assert text.endswith("Settings: name, heat, steps")


class Found(Settings):
    k: int = 10


class Cited(Settings):
    k: int = Field(default=3, ge=0)


@pytest.mark.parametrize(
    ("kind", "k", "message"),
    [
        (Found, 0, "^k: expected 1 to 1000000, got 0. Settings"),
        (Found, 10**9, "^k: expected 1 to 1000000, got 1000000000"),
        (Cited, 10**9, "^k: expected 0 to 1000000, got 1000000000"),
        (Cited, -1, "k: .*0, got -1"),
    ],
)
def test_a_number_of_results_out_of_range_is_refused(kind, k, message):
    with pytest.raises(UsageError, match=message):
        kind.of({"k": k})


def test_no_result_is_a_choice_where_the_field_says_so():
    assert Cited.of({"k": 0}).k == 0


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Oven(name="a").heat = 3


def test_a_file_fills_what_python_does_not(tmp_path):
    file = tmp_path / "oven.yaml"
    file.write_text("name: small\nheat: 700\nsteps: [1, 2]\n")
    assert Oven.read(file) == Oven(name="small", heat=700, steps=(1, 2))
    assert Oven.read(file, heat=20, name=None) == Oven(name="small", heat=20, steps=(1, 2))
    assert Oven.read(None, name="large") == Oven(name="large")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b\n", "expected 'name: value' lines in .*, got list"),
        ("", "expected 'name: value' lines in .*, got NoneType"),
        ("a: [", r"(?s)expected settings in YAML at .*; write lines such as 'epochs: 40'"),
    ],
)
def test_a_file_that_holds_no_settings_is_refused(tmp_path, text, message):
    (tmp_path / "oven.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_yaml(tmp_path / "oven.yaml")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="expected settings in YAML at"):
        Oven.read(tmp_path / "nothing.yaml")


@dataclass(frozen=True)
class Tapes:
    """Tapes of a laboratory.

    Args:
        path: Folder of the tapes.
        reels: Number of a reel.
        loud: Play loudly.
    """

    name: ClassVar[str] = "tapes"

    path: Path
    reels: Annotated[tuple[int, ...], Flag("--reel")] = field(default=(), kw_only=True)
    loud: bool = field(default=False, kw_only=True)
    labels: list[str] = field(default_factory=lambda: ["a"], kw_only=True)


def test_a_dataclass_gives_settings_without_its_path():
    settings = settings_of(Tapes)
    assert list(settings.model_fields) == ["reels", "loud", "labels"]
    assert settings.of({"reels": ["1", "2"]}).model_dump() == {"reels": (1, 2), "loud": False, "labels": ["a"]}
    assert Flag("--reel") in settings.model_fields["reels"].metadata
    assert settings.__doc__ == Tapes.__doc__
    with pytest.raises(UsageError, match="path: Extra inputs are not permitted"):
        settings.of({"path": "x"})


def test_one_file_is_shared_out_between_classes():
    given = {"heat": 3, "reels": [1]}
    assert shared_out(given, [Oven, settings_of(Tapes)]) == [{"heat": 3}, {"reels": [1]}]
    with pytest.raises(UsageError, match="unknown setting 'colour'"):
        shared_out({"colour": 1}, [Oven])
