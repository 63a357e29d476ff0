"""What the documents show works: their Python blocks run, and so do their `lexiscope` commands."""

import re
import shlex
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app

_ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_README = _ROOT / "README.md"
_PAGES = sorted([_README, *(_ROOT / "docs").rglob("*.md")])


def _blocks(page: Path, language: str) -> list[str]:
    return [code for name, code in _BLOCK.findall(page.read_text(encoding="utf-8")) if name == language]


def _commands(code: str) -> list[list[str]]:
    """The `lexiscope` lines of a console block, continuation lines joined; other commands are not ours."""
    lines = code.replace("\\\n", " ").splitlines()
    return [shlex.split(line.removeprefix("$ ")) for line in lines if line.startswith("$ lexiscope ")]


@pytest.mark.slow
@pytest.mark.weights
@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_ROOT)))
def test_a_page_does_what_it_shows(page, tmp_path, monkeypatch):
    """Commands and Python in the order of the page, in one directory and one session, as a reader would."""
    monkeypatch.chdir(tmp_path)
    session = {"__name__": "__main__"}
    for language, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for command in _commands(block) if language == "console" else ():
            code, output = (_process if page == _README else _call)(command)
            assert code == 0, f"{shlex.join(command)}\n{output}"
        if language == "python":
            exec(compile(block, str(page), "exec"), session)


def _process(command: list[str]) -> tuple[int, str]:
    """Exit code and messages of a command in a process of its own, as a reader starts it."""
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def _call(command: list[str]) -> tuple[int, str]:
    """The same of a command in this process, which spares the seconds that each process imports torch."""
    done = CliRunner().invoke(app, command[1:])
    said = traceback.format_exception(done.exception) if done.exception else []
    return done.exit_code, "".join([done.output, *said])


def test_every_page_is_found():
    assert _README in _PAGES
    assert any(map(_commands, _blocks(_README, "console")))
    assert _blocks(_README, "python")


def test_links_between_pages_lead_somewhere():
    pages = [*_PAGES, _ROOT / "ARCHITECTURE.md", _ROOT / "CONTRIBUTING.md"]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"
