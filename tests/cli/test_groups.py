"""Groups whose commands are made when they run."""

from collections.abc import Callable

import pytest
import typer
from typer.testing import CliRunner

from lexiscope.cli.groups import lazy_group, new_app, single
from lexiscope.core.errors import UsageError


@pytest.fixture
def made() -> list[str]:
    return []


@pytest.fixture
def app(made: list[str]) -> typer.Typer:
    def load(name: str) -> typer.Typer:
        made.append(name)

        def verb(many: int = 1) -> None:
            typer.echo(f"{name} {many}")

        return single(verb, help=f"Run {name}.")

    lines = {"grind": "Grind it.", "melt": "Melt it, " + "slowly, " * 20 + "and pour it."}
    return new_app("Make glass.", cls=lazy_group(lambda: lines, load))


def test_the_command_that_runs_is_made_and_no_other(app: typer.Typer, made: list[str]) -> None:
    done = CliRunner().invoke(app, ["melt", "--many", "3"])
    assert (done.exit_code, done.stdout, made) == (0, "melt 3\n", ["melt"])


def test_help_makes_none_and_shows_lines_whole(app: typer.Typer, made: list[str]) -> None:
    done = CliRunner().invoke(app, ["--help"])
    assert (done.exit_code, made) == (0, [])
    assert "Grind it." in done.stdout
    assert "and pour it." in " ".join(done.stdout.split())


def test_an_unknown_command_proposes_the_nearest(app: typer.Typer, made: list[str]) -> None:
    done = CliRunner().invoke(app, ["mellt"])
    assert (done.exit_code, made) == (2, [])
    assert "No such command 'mellt'. Did you mean 'melt'?" in done.output


def test_a_renamed_option_is_told_before_a_group_looks_for_a_command(app: typer.Typer) -> None:
    done = CliRunner().invoke(app, ["MODEL", "--task=search"])
    assert isinstance(done.exception, UsageError)
    assert str(done.exception) == "--task has another name now: write lexiscope evaluate TASK MODEL CORPUS"


def test_a_renamed_option_that_a_command_really_has_is_its_own() -> None:
    def count(most: int = 0) -> None:
        typer.echo(most)

    verb: Callable[..., None] = count
    assert CliRunner().invoke(single(verb), ["--most", "4"]).stdout == "4\n"
