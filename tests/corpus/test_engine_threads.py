"""Threads of Lance: one of each, as launchers set them, and settings that are none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus.engine_threads import settle_threads
from lexiscope.corpus.store import Corpus

ONE = dict.fromkeys(["LANCE_IO_THREADS", "LANCE_CPU_THREADS", "RAYON_NUM_THREADS", "TOKIO_WORKER_THREADS"], "1")
_BUILD = """
import sys
from lexiscope.testing.cases import DraftSource, make_drafts
from lexiscope.corpus.build import build_corpus
drafts = make_drafts(8, size=8)
for count in (2, 4, 8):
    report = build_corpus(sys.argv[1], DraftSource(drafts[:count]))
print(report.cases)
"""


def test_what_is_too_small_is_raised_and_all_else_stays(monkeypatch):
    for name, text in ONE.items():
        monkeypatch.setenv(name, text)
    settle_threads()
    assert {name: os.environ[name] for name in ONE} == ONE | {"LANCE_IO_THREADS": "2"}
    monkeypatch.setenv("LANCE_IO_THREADS", "16")
    monkeypatch.delenv("LANCE_CPU_THREADS")
    settle_threads()
    assert os.environ["LANCE_IO_THREADS"] == "16"
    assert "LANCE_CPU_THREADS" not in os.environ


@pytest.mark.parametrize("text", ["0", "00", "-1", "x", "", "1.5", "٣"])
@pytest.mark.parametrize("name", ["LANCE_IO_THREADS", "LANCE_CPU_THREADS", "TOKIO_WORKER_THREADS"])
def test_what_is_no_number_of_threads_is_refused(tmp_path, monkeypatch, name, text):
    monkeypatch.setenv(name, text)
    for use in (Corpus.create, Corpus.open):
        with pytest.raises(UsageError, match=rf"from 1 up in the environment variable {name}, got '{text}'"):
            use(tmp_path / "corpus")


@pytest.mark.slow
def test_a_build_ends_with_one_thread_of_each(tmp_path: Path):
    command = [sys.executable, "-c", _BUILD, str(tmp_path / "corpus")]
    ended = subprocess.run(command, env={**os.environ, **ONE}, capture_output=True, text=True, timeout=300, check=True)
    assert ended.stdout.split() == ["8"]
