"""What a worker computes ends once nobody wants it, and only then."""

import importlib
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lexiscope.serve.workers.child import CancelledError, Mailbox


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    """Put back what a mailbox takes."""
    before = signal.getsignal(signal.SIGUSR1)
    yield
    signal.signal(signal.SIGUSR1, before)


def lines(cancelled: list[int], begun: threading.Event) -> Iterator[str]:
    begun.wait()
    for number in cancelled:
        yield json.dumps({"cancel": number})
    threading.Event().wait()  # the other end stays open


def test_a_computation_ends_when_all_of_its_calls_are_cancelled() -> None:
    begun = threading.Event()
    mailbox = Mailbox(lines([3, 4], begun))

    def compute() -> None:
        begun.set()
        for _ in range(3000):
            time.sleep(0.01)

    with pytest.raises(CancelledError), mailbox.interruptible([3, 4]):
        compute()


def test_a_module_that_is_imported_meanwhile_is_imported_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imported_slowly.py").write_text(
        "import time\nfor _ in range(30):\n    time.sleep(0.01)\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    begun = threading.Event()
    mailbox = Mailbox(lines([3], begun))

    def compute() -> None:
        begun.set()
        importlib.import_module("imported_slowly")
        for _ in range(3000):
            time.sleep(0.01)

    with pytest.raises(CancelledError), mailbox.interruptible([3]):
        compute()
    assert sys.modules.pop("imported_slowly").whole


def test_a_computation_that_somebody_waits_for_goes_on() -> None:
    begun = threading.Event()
    mailbox = Mailbox(lines([3, 0], begun))
    with mailbox.interruptible([3, 4]):
        begun.set()
        while mailbox.is_wanted(0):
            time.sleep(0.01)
    with pytest.raises(CancelledError), mailbox.interruptible([3]):  # it was cancelled before it began
        raise AssertionError
