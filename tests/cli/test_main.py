"""The command as a process: exit codes, messages, Ctrl-C."""

import errno
import os
import signal
import subprocess
import sys
import time
from functools import partial
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.cli.main import main
from lexiscope.cli.verbs import task_of, verb_of, verbs
from lexiscope.tasks import TASKS
from lexiscope.testing.distribution import write_distribution


def lexiscope(*words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "lexiscope", *words], capture_output=True, text=True, **options)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("corpus", "info", "nowhere"), 1, "lexiscope: expected a corpus at nowhere"),
        (("corpus", "build", "out", "nothing-there"), 2, "found nothing there; check the path"),
        (("frobnicate",), 2, "No such command"),
        (("serach",), 2, "Did you mean 'search'"),
        (("search",), 2, "Missing argument"),
        (("corpus", "biuld"), 2, "Did you mean 'build'"),
        (("corpus", "split", "out", "--seed", "-1"), 2, "--seed"),
        (("simulate", "papers", "out", "--seed", "99999999999999999999"), 2, "--seed"),
        (("search", "model", "a crack", "-k", "0"), 2, "k"),
        (("search", "model", "a crack", "-k", "99999999999"), 2, "expected 1 to 1000000"),
        (("search", "model", "a crack", "--text-weight", "nan"), 2, "text_weight"),
        (("train", "align", "corpus", "--out", "m", "--seed", "-1"), 2, "seed"),
    ],
)
def test_an_error_is_one_message_and_an_exit_code(words, code, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["lexiscope", *words])
    monkeypatch.setattr("lexiscope.core.logs.log_plainly", lambda: None)  # its handler would outlive this stderr
    with pytest.raises(SystemExit) as end:
        main()
    shown = capsys.readouterr()
    assert (end.value.code, shown.out) == (code, "")
    assert message in shown.err
    assert "Traceback" not in shown.err


def test_help_lists_every_verb_and_needs_no_more(tmp_path):
    done = lexiscope("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(f"  {name}  " in done.stdout for name in verbs())
    bare = lexiscope(cwd=tmp_path)
    assert (bare.returncode, bare.stdout) == (2, done.stdout)
    by_group = CliRunner().invoke(app, ["--help"])
    assert by_group.stdout == done.stdout


def test_every_task_is_a_verb_with_a_line_of_its_own():
    assert {verb_of(task) for task in TASKS} <= set(verbs())
    assert all(task_of(verb_of(task)) == task for task in TASKS)
    assert all(verb_of(task) == (kind.verb or task) for task, kind in TASKS.load_all().items())


@pytest.mark.slow
def test_a_package_that_is_broken_breaks_no_other_verb(tmp_path):
    kinds = ("source", "stage", "task", "writer", "evaluation", "exchange_format")
    entries = {f"lexiscope.{kind}": {"broken": "broken_lab:Thing"} for kind in kinds}
    write_distribution(tmp_path, "broken-lab", entries, code="raise RuntimeError('this laboratory is closed')\n")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    for words in (("--help",), ("corpus", "build", "--help"), ("train", "--help"), ("write", "--help")):
        assert lexiscope(*words, cwd=tmp_path, env=env).returncode == 0
    assert "Task of the package broken-lab." in lexiscope("--help", cwd=tmp_path, env=env).stdout
    done = lexiscope("broken", "MODEL", cwd=tmp_path, env=env)
    assert done.returncode == 1
    assert "this laboratory is closed; repair or uninstall broken-lab" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", verbs())
def test_every_verb_shows_its_help(name):
    done = CliRunner().invoke(app, [name, "--help"])
    assert done.exit_code == 0, done.output
    assert "Usage: lexiscope" in done.output or f" {name} " in done.output


def test_version(tmp_path):
    done = lexiscope("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"lexiscope {version('lexiscope')}\n")


@pytest.mark.slow
def test_the_shell_completes_verbs_and_options(tmp_path):
    def completed(words: str) -> str:
        count = len(words.split()) - (0 if words.endswith(" ") else 1)
        settings = {"_LEXISCOPE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(count)}
        return lexiscope(cwd=tmp_path, env={**os.environ, **settings}).stdout

    assert completed("lexiscope sea").split() == ["search"]
    assert completed("lexiscope corpus a").split() == ["audit"]
    assert "--fraction" in completed("lexiscope corpus split --fr")
    assert completed("lexiscope corpus build c s --as mic").split() == ["micrograph"]
    named = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # whatever shell runs the tests
    shown = lexiscope("--show-completion", "bash", cwd=tmp_path, env=named)
    assert "_LEXISCOPE_COMPLETE=complete_bash" in shown.stdout


def test_debug_shows_the_traceback(tmp_path):
    assert "Traceback" in lexiscope("--debug", "corpus", "info", "nowhere", cwd=tmp_path).stderr


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(tmp_path):
    command = [sys.executable, "-m", "lexiscope", "corpus", "build", "out", "simulated", "--as", "simulated"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # jobs in the background of a shell ignore it
    running = subprocess.Popen(
        [*command, "--visits", "500"], cwd=tmp_path, stderr=subprocess.PIPE, text=True, preexec_fn=heard
    )
    deadline = time.monotonic() + 120  # of a machine that is busy with other tests
    while not (tmp_path / "out" / "objects").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "run the same command again" in said
    assert lexiscope("corpus", "info", "out", "--json", cwd=tmp_path).returncode == 0


def test_no_control_character_of_a_stranger_reaches_the_terminal(tmp_path):
    done = lexiscope("corpus", "info", "no\x1b[31m\x9bwhere", cwd=tmp_path)
    assert r"no\x1b[31m\x9bwhere" in done.stderr
    assert not set("\x1b\x9b") & set(done.stderr)
    assert (done.returncode, done.stdout) == (1, "")


class _Panic(BaseException):
    """What an engine written in Rust raises; it is no Exception."""


_Panic.__name__ = "PanicException"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/disk/a"), "No space left on device at /disk/a; free some"),
        (PermissionError(errno.EACCES, "Permission denied", "/m"), "Permission denied at /m; make it readable and"),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only file system; make it readable and writable"),
        (MemoryError(), "more memory is needed than there is (out of memory); close other programs"),
        (_Panic("index out of bounds"), "PanicException: index out of bounds; run again with"),
    ],
)
def test_what_nobody_foresaw_ends_in_a_message_too(error, message, monkeypatch, capsys):
    def fail(**_):
        raise error

    monkeypatch.setattr("lexiscope.cli.app.app", fail)
    monkeypatch.setattr("sys.argv", ["lexiscope", "corpus", "info", "nowhere"])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith(f"lexiscope: {message}")
