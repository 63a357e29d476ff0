"""`lexiscope serve` as a user calls it, without a server behind it."""

import shlex
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from lexiscope.cli.app import app

IN_THE_CLEAR = "crosses the network in the clear"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be served: models, and what goes with them."""
    calls: list[Any] = []
    monkeypatch.setattr("lexiscope.serve.run.serve", lambda models, **others: calls.append((models, others)))
    return calls


def run(*words: str) -> Result:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def test_who_serves_to_others_without_tls_is_warned(served: list[Any]) -> None:
    assert IN_THE_CLEAR in run("serve", "brain", "--host", "0.0.0.0").stderr
    assert IN_THE_CLEAR not in run("serve", "brain").stderr
    shown = run("serve", "brain", "--host", "0.0.0.0", "--tls-certificate", "host.pem", "--tls-key", "host.key")
    assert IN_THE_CLEAR not in shown.stderr
    config = served[-1][1]["config"]
    assert (config.host, config.tls_certificate, config.tls_key) == ("0.0.0.0", Path("host.pem"), Path("host.key"))


def test_the_command_that_the_demo_prints_serves_what_it_made(
    served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, corpus = Path("my demo/model"), Path("my demo/corpus")
    made = SimpleNamespace(report=Path("report.html"), model=model, corpus=corpus, questions=(), outlines=())
    monkeypatch.setitem(sys.modules, "lexiscope.demo", SimpleNamespace(run_demo=lambda *_, **__: made))
    (said,) = [line for line in run("demo").stdout.splitlines() if line.startswith("to open it in a browser: ")]
    program, *words = shlex.split(said.removeprefix("to open it in a browser: "))
    assert program == "lexiscope"
    run(*words)
    ((models, others),) = served
    assert (models, others["corpus"]) == ([model], corpus)
