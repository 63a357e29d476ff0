"""What only the embedded store promises: nothing half-built is searched, and many processes search at a time."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core.errors import IndexStoreError
from lexiscope.index import Entry, IndexSpec, Query
from lexiscope.index.edge import EdgeStore

SPEC = IndexSpec(size=4, average_length=2.0)
NAME = "lexiscope-test"
BUILD = """
import sys, numpy as np
from pathlib import Path
from lexiscope.index import Entry, IndexSpec
from lexiscope.index.edge import EdgeStore
index = EdgeStore(Path(sys.argv[1])).create("lexiscope-test", IndexSpec(size=4, average_length=2.0))
print("started", flush=True)
index.upsert(Entry(str(i), np.ones(4, np.float32), "some words") for i in range(20_000))
index.finish()
print("finished", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.3])
def test_killed_build_is_never_searched_and_starts_again(tmp_path: Path, delay: float) -> None:
    with subprocess.Popen([sys.executable, "-c", BUILD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as build:
        assert build.stdout is not None
        assert build.stdout.readline() == "started\n"
        time.sleep(delay)
        os.kill(build.pid, signal.SIGKILL)
        finished = "finished" in build.stdout.read()
    store = EdgeStore(tmp_path)
    if not finished:
        with pytest.raises(IndexStoreError, match="found none; build it again"):
            store.open(NAME, SPEC)
    index = store.create(NAME, SPEC)
    index.upsert([Entry("a", np.eye(4, dtype=np.float32)[0])])
    index.finish()
    assert index.count() == 1


def test_damaged_collection_is_refused(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path)
    index = store.create(NAME, SPEC)
    index.finish()
    index.close()
    (tmp_path / NAME / "edge_config.json").write_text("{")
    with pytest.raises(IndexStoreError, match="cannot be read"):
        store.open(NAME, SPEC)


def test_two_readers_at_a_time_and_sweeping_under_one(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path)
    for name in (NAME, "lexiscope-newer"):
        index = store.create(name, SPEC)
        index.upsert([Entry("a", np.eye(4, dtype=np.float32)[0])])
        index.finish()
        index.close()
    first, second = store.open(NAME, SPEC), store.open(NAME, SPEC)
    (tmp_path / "index.json").write_text("{}")
    store.sweep(keep="lexiscope-newer")
    for index in (first, second):
        assert index.search(Query(np.eye(4, dtype=np.float32)[0]))[0].id == "a"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.json", "lexiscope-newer"]


def _finished(folder: Path) -> EdgeStore:
    store = EdgeStore(folder)
    index = store.create(NAME, IndexSpec(size=4, average_length=2.0, fields={"split": "word"}))
    vectors = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    index.upsert(Entry(f"c{n}", vector, "some words", {"split": "test"}) for n, vector in enumerate(vectors))
    index.finish()
    index.close()
    return store


@pytest.mark.slow
@pytest.mark.parametrize("how", ["noise", "half", "empty", "gone"])
def test_a_collection_with_any_damaged_file_is_refused_by_its_name(how: str, tmp_path: Path) -> None:
    store, rng = _finished(tmp_path), np.random.default_rng(1)
    store.open(NAME, SPEC).close()
    store.open(NAME, SPEC).close()  # that it was opened is no damage
    changed_by_engine = {"edge_config.json", "tracker_journal.dat", "finished.json"}
    for file in sorted((tmp_path / NAME).rglob("*")):
        if not file.is_file() or file.name in changed_by_engine:
            continue
        data = file.read_bytes()
        noise = rng.bytes(min(len(data), 4096))
        if how == "gone":
            file.unlink()
        else:
            file.write_bytes({"noise": noise + data[len(noise) :], "half": data[: len(data) // 2], "empty": b""}[how])
        if how == "gone" or file.read_bytes() != data:
            with pytest.raises(IndexStoreError, match=rf"{re.escape(file.name)} is (damaged|missing); build it again"):
                store.open(NAME, SPEC)
        file.write_bytes(data)
    assert store.open(NAME, SPEC).count() == 50


class _Panic(BaseException):
    """What an engine written in Rust raises; it is no Exception."""


_Panic.__name__ = "PanicException"


def test_a_panic_of_the_engine_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: object) -> None:
        raise _Panic("index out of bounds\nstack backtrace:")

    store = _finished(tmp_path)
    index = store.open(NAME, SPEC)
    shard = index._shard
    index._shard = type("Shard", (), {"query": panic})()
    with pytest.raises(IndexStoreError, match=r"cannot be searched \(index out of bounds\); build it again"):
        index.search(Query(np.ones(4, np.float32)))
    shard.close()
    monkeypatch.setattr("qdrant_edge.EdgeShard.load", panic)
    with pytest.raises(IndexStoreError, match=r"cannot be read \(index out of bounds\); build it again"):
        store.open(NAME, SPEC)


def test_a_collection_that_nobody_may_write_into_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = _finished(tmp_path / "index")
    before = {file: file.read_bytes() for file in (tmp_path / "index").rglob("*") if file.is_file()}
    for path in sorted((tmp_path / "index").rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
    index = store.open(NAME, SPEC)
    assert len(index.search(Query(np.ones(4, np.float32), k=3))) == 3
    index.close()
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    assert all(file.read_bytes() == data for file, data in before.items())
    for path in (tmp_path / "index").rglob("*"):
        path.chmod(0o755)


@pytest.mark.slow
def test_a_collection_with_several_vectors_can_be_opened_again_and_again(tmp_path: Path) -> None:
    """The engine writes their names in another order each time, which is no damage."""
    store, spec = EdgeStore(tmp_path), IndexSpec(size=4, average_length=2.0, wording=4)
    index = store.create(NAME, spec)
    index.upsert([Entry("a", np.eye(4, dtype=np.float32)[0], wordings=np.eye(4, dtype=np.float32)[:2])])
    index.finish()
    index.close()
    for _ in range(12):
        index = store.open(NAME, spec)
        assert [hit.id for hit in index.search(Query(wording=np.eye(4, dtype=np.float32)[1]))] == ["a"]
        index.close()
