"""The command as a process: exit codes, messages, Ctrl-C."""

import signal
import subprocess
import sys
import time
from functools import partial

import pytest


def lexiscope(*words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "lexiscope", *words], capture_output=True, text=True, **options)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("corpus", "info", "nowhere"), 1, "lexiscope: expected a corpus at nowhere"),
        (("corpus", "build", "out", "nothing-there"), 2, "found nothing there; check the path"),
        (("frobnicate",), 2, "No such command"),
        (("search",), 2, "Missing argument"),
    ],
)
def test_an_error_is_one_message_and_an_exit_code(words, code, message, tmp_path):
    done = lexiscope(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


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
