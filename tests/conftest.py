"""What every test may use: one thread, no network, and the real data sets when they lie beside the repository."""

import gc
import os
import socket
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:  # conftest imports no torch: many tests need none
    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["HF_HUB_CACHE"] = os.devnull  # the same tests on every machine: no weights that somebody downloaded

# The same examples in every run, and none fails for being slow on a busy machine.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")

_ROOT = Path(__file__).resolve().parent.parent
_LOOPBACK = ("127.", "::1", "localhost")
_UNMARKED_S = (
    5.0  # of processor time: what takes a second on a quiet machine, with what it imports first and a busy one
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that takes more than five seconds of processor time, its children's included, and is not marked."""
    before = _processor_seconds()
    result = yield
    spent = _processor_seconds() - before
    if spent > _UNMARKED_S and item.get_closest_marker("slow") is None:
        pytest.fail(f"took {spent:.1f} s of processor time; make it shorter, or mark it slow")
    return result


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
    gc.freeze()  # what was imported stays to the end: no collection of garbage walks through it again


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves the machine: private by default is a promise, so every test checks it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(host).startswith(_LOOPBACK):
            msg = f"a test tried to reach {address!r}; nothing may leave the machine unless asked"
            raise AssertionError(msg)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data sets; tests that need it are skipped, with this reason, where it is absent."""
    folder = Path(os.environ.get("LEXISCOPE_SHARED", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not at {folder}; set LEXISCOPE_SHARED to their folder")
    return folder


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> "tuple[Corpus, ModelDirectory]":
    """Coloured shapes with captions and questions, and a model that was taught for a moment to speak about them.

    For tests that change nothing.
    """
    from lexiscope.testing.speaking import TEACHING, make_speaking_corpus, tiny_model
    from lexiscope.training.instruct.instruct import instruct

    folder = tmp_path_factory.mktemp("taught")
    corpus = make_speaking_corpus(folder / "corpus", 20)
    model = tiny_model(corpus, folder / "model")
    instruct(corpus, model.path, config=TEACHING)
    return corpus, model
