"""What only the embedded store promises: nothing half-built is searched, and many processes search at a time."""

import os
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
