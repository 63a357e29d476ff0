"""Options made from settings: what a field becomes, what is read from it, and what is refused."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field
from typer.testing import CliRunner, Result

from lexiscope.cli.groups import single
from lexiscope.cli.options import Config, takes
from lexiscope.core.errors import UsageError
from lexiscope.core.settings import Argument, Flag, Settings


class Recipe(Settings):
    """Recipe of a glass.

    Args:
        question: Question about the glass.
        steps: Number of steps, over
            all furnaces.
        k: Neighbours.
        names: Name of an oxide.
        grid: Voxels of the grid.
        head: Settings of the head [in YAML].
        kind: Kind of glass.
        shares: Share of an oxide.
        prompts: Wording of a class.
        augment: Draw variants.
        bf16: Precision.
        weight: Weight, or auto.
        key: Secret key.
        path: File of the recipe.
    """

    question: Annotated[str, Argument("QUESTION")]
    steps: int = Field(default=4, ge=1)
    k: int = 3
    names: tuple[str, ...] | None = None
    grid: tuple[int, int, int] | None = None
    head: dict[str, Any] = Field(default_factory=lambda: {"width": 3})
    kind: Literal["soda", "lead"] = "soda"
    shares: dict[str, float] = Field(default_factory=dict)
    prompts: dict[str, tuple[str, ...]] | None = None
    augment: bool = True
    bf16: Annotated[bool, Flag("--bf16/--fp32")] = False
    weight: float | Literal["auto"] = "auto"
    key: Annotated[str | None, Flag("--api-key", also="--key", env="RECIPE_KEY")] = None
    path: Path | None = None


def run(*words: str, env: dict[str, str] | None = None) -> tuple[Result, Recipe | None]:
    made: list[Recipe] = []

    @takes(Recipe)
    def verb(*, given: dict[str, Any], config: Config = None) -> None:
        """Melt."""
        made.append(Recipe.read(config, **given))

    done = CliRunner().invoke(single(verb), words, env=env)
    return done, made[0] if made else None


def test_every_kind_of_field_is_an_option():
    words = ("Why?", "--steps", "2", "-k", "5", "--name", "SiO2", "--name", "B2O3", "--grid", "1", "2", "3")
    more = ("--head", "{width: 64}", "--kind", "lead", "--share", "SiO2=0.7", "--share", "B2O3=0.3")
    rest = (
        "--prompt",
        "lead=a lead glass",
        "--prompt",
        "lead=heavy = lead",
        "--no-augment",
        "--bf16",
        "--weight",
        "2.5",
    )
    done, made = run(*words, *more, *rest, "--path", "a/b", env={"RECIPE_KEY": "secret"})
    assert done.exit_code == 0, done.output
    assert made == Recipe(
        question="Why?",
        steps=2,
        k=5,
        names=("SiO2", "B2O3"),
        grid=(1, 2, 3),
        head={"width": 64},
        kind="lead",
        shares={"SiO2": 0.7, "B2O3": 0.3},
        prompts={"lead": ("a lead glass", "heavy = lead")},
        augment=False,
        bf16=True,
        weight=2.5,
        key="secret",
        path=Path("a/b"),
    )


def test_what_is_not_given_keeps_its_default():
    _, made = run("Why?")
    assert made == Recipe(question="Why?")
    assert made is not None
    assert made.model_fields_set == {"question"}


def test_an_option_goes_before_the_file_and_the_file_before_the_default(tmp_path):
    (tmp_path / "recipe.yaml").write_text("steps: 7\nkind: lead\naugment: false\n")
    _, made = run("Why?", "--steps", "2", "--augment", "--config", str(tmp_path / "recipe.yaml"))
    assert made == Recipe(question="Why?", steps=2, kind="lead", augment=True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--kind", "clay"), "'clay' is not one of 'soda', 'lead'"),
        (("--steps", "few"), "Invalid value for '--steps'"),
        (("--grid", "1", "2"), "--grid"),
        (("--stepz", "2"), "No such option: --stepz"),
    ],
)
def test_what_makes_no_sense_is_wrong_use(words, message):
    done, made = run("Why?", *words)
    assert (done.exit_code, made) == (2, None)
    assert message in done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--steps", "0"), "steps: Input should be greater than or equal to 1"),
        (("--share", "SiO2"), "--share takes NAME=VALUE, got 'SiO2'"),
        (("--head", "{width"), "--head takes YAML"),
        (("--most", "3"), "--most has another name now: write --limit"),
    ],
)
def test_values_that_settings_refuse_are_wrong_use(words, message):
    done, made = run("Why?", *words)
    assert made is None
    assert isinstance(done.exception, UsageError)
    assert message in str(done.exception)


def test_help_says_what_the_docstring_says():
    text = " ".join(run("--help")[0].output.split())
    assert "QUESTION <str> Question about the glass. [required]" in text
    assert "--steps <int> Number of steps, over all furnaces. [default: 4; ≥ 1]" in text
    assert "--head YAML Settings of the head [in YAML]. [default: {width: 3}]" in text
    assert "--augment / --no-augment Draw variants. [default: augment]" in text
    assert "--bf16 / --fp32 Precision. [default: fp32]" in text
    assert "--name <str> Name of an oxide. [repeatable]" in text
    assert "--api-key, --key <str>" in text
