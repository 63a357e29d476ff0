"""Progress on stderr: a bar in a terminal, rare lines elsewhere, and one voice of several processes."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from lexiscope.cli.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_bar() as progress:
        assert progress is not None
        progress(3, 9, "grains")
    assert "grains" in sys.stderr.getvalue()
    assert "3/9" in sys.stderr.getvalue()


def test_elsewhere_there_is_a_line_every_ten_seconds_at_most(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with progress_bar() as progress:
        assert progress is not None
        for second in range(25):
            now = 100.0 + second
            progress(second, None if second < 15 else 25, "grains")
    assert capfd.readouterr().err.splitlines() == ["grains: 10", "grains: 20 of 25"]


def test_of_several_processes_the_first_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    with progress_bar() as progress:
        assert progress is None
    monkeypatch.setenv("RANK", "0")
    with progress_bar() as progress:
        assert progress is not None


@pytest.mark.slow
def test_with_json_a_terminal_still_shows_progress_and_stdout_is_one_document(tmp_path: Path) -> None:
    shown, terminal = pty.openpty()
    command = [sys.executable, "-m", "lexiscope", "corpus", "build", "out", "simulated", "--as", "simulated"]
    words = [*command, "--visits", "2", "--json"]
    done = subprocess.run(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    assert json.loads(done.stdout)["cases"] == 2
    assert b"cases" in os.read(shown, 1 << 16)
    os.close(shown)
