"""Main loop of a worker process: calls come as lines of JSON, predictions go back the same way.

Run as `python -m lexiscope.serve.workers.child FD`, with one end of a socket pair inherited as FD. The process ends
when the other end closes, so that none outlives its server.
"""

import json
import os
import signal
import socket
import sys
import time
import traceback
from _thread import interrupt_main
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Condition, Thread
from types import FrameType
from typing import Any

_TOGETHER = 16  # searches that are answered as one batch at most
_LOWEST = 19  # priority
_AGAIN_S = 0.05


class CancelledError(BaseException):
    """Work that nobody wants any more; no `Exception`, which what computes might catch and go on."""


class Mailbox:
    """Calls that wait, and which of them are no longer wanted."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._waiting: deque[dict[str, Any]] = deque()
        self._unwanted: set[int] = set()
        self._interruptible: list[int] = []
        self._arrived = Condition()
        signal.signal(signal.SIGUSR1, self._interrupt)
        Thread(target=self._receive, daemon=True, name="mailbox").start()

    def take(self) -> list[dict[str, Any]]:
        """The next call, with those behind it that can be answered together with it; waits for one."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._waiting)
            taken = [self._waiting.popleft()]
            while self._waiting and len(taken) < _TOGETHER and _alike(self._waiting[0], taken[0]):
                taken.append(self._waiting.popleft())
            return [one for one in taken if one["id"] not in self._unwanted]

    def is_wanted(self, number: int) -> bool:
        """False once a call was cancelled."""
        return number not in self._unwanted

    @contextmanager
    def interruptible(self, numbers: list[int]) -> Iterator[None]:
        """End the block by `CancelledError` once none of some calls is wanted, wherever it computes."""
        self._interruptible = numbers
        try:
            self._interrupt()  # a call that was cancelled before it began
            yield
        finally:
            self._interruptible = []

    def _interrupt(self, _: int = 0, frame: FrameType | None = None) -> None:
        """Called in the main thread, between two steps of whatever it does."""
        if self._is_in_vain() and not _imports(frame):
            self._interruptible = []
            raise CancelledError

    def _is_in_vain(self) -> bool:
        """True while something is computed that nobody wants."""
        numbers = self._interruptible
        return bool(numbers) and self._unwanted.issuperset(numbers)

    def _insist(self) -> None:
        """Interrupt until it helps."""
        while self._is_in_vain():
            interrupt_main(signal.SIGUSR1)  # only its handler runs: no library sees a signal
            time.sleep(_AGAIN_S)

    def _receive(self) -> None:
        for line in self._lines:
            message = json.loads(line)
            with self._arrived:
                if "cancel" in message:
                    self._unwanted.add(message["cancel"])
                else:
                    self._waiting.append(message)
                self._arrived.notify()
            if "cancel" in message:
                Thread(target=self._insist, daemon=True, name="cancel").start()
        os._exit(0)  # the server is gone, and whatever is computed is for nobody


def _imports(frame: FrameType | None) -> bool:
    """True while a module is imported, of which half would be left behind."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """True for calls of one task, opened alike, that read no image."""
    calls = one["call"], other["call"]
    same = all(calls[0][name] == calls[1][name] for name in ("work", "task", "settings"))
    return same and all(call["work"] == "predict" and call["given"] is None for call in calls)


def main() -> None:
    """Serve calls until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its workers in order
    from lexiscope.core.heap import keep_freed_memory
    from lexiscope.core.logs import log_plainly

    log_plainly()
    keep_freed_memory()
    channel = socket.socket(fileno=int(sys.argv[1]))
    lines = iter(channel.makefile("r", encoding="utf-8", newline="\n"))
    send = _sender(channel)
    from lexiscope.serve.workers.call import Opening
    from lexiscope.serve.workers.desk import Desk

    opening = Opening.of_json(next(lines))
    if opening.calm:
        os.nice(_LOWEST)
    try:
        desk = Desk.open(opening)
    except Exception as error:
        send({"ready": False, "problem": _problem(error)})
        return
    send({"ready": True, "about": desk.describe()})
    mailbox = Mailbox(lines)
    while True:
        _answer(desk, mailbox, send)


def _answer(desk: Any, mailbox: Mailbox, send: Any) -> None:
    from lexiscope.serve.workers.call import Call

    taken = mailbox.take()
    if not taken:
        return
    numbers = [one["id"] for one in taken]
    send({"began": numbers})
    calls = [Call.of(one["call"]) for one in taken]
    # An interpretation changes weights for a while, and ends only where it says how far it is.
    ends_itself = calls[0].is_long
    interrupting = nullcontext() if ends_itself else mailbox.interruptible(numbers)

    def progress(done: int, total: int | None, what: str) -> None:
        if ends_itself and not mailbox.is_wanted(numbers[0]):
            raise CancelledError
        send({"id": numbers[0], "progress": {"done": done, "total": total, "what": what}})

    try:
        with interrupting:
            results = desk.answer(calls, progress=progress)
    except CancelledError:
        results = [CancelledError("cancelled")] * len(taken)
    for number, result in zip(numbers, results, strict=True):
        if isinstance(result, BaseException):
            send({"id": number, "problem": _problem(result)})
        else:
            send({"id": number, "result": result})


def _problem(error: BaseException) -> dict[str, Any]:
    from lexiscope.core.errors import LexiscopeError
    from lexiscope.core.extras import missing_extra

    error = (isinstance(error, ImportError) and missing_extra(error)) or error
    if not isinstance(error, LexiscopeError | CancelledError):
        traceback.print_exception(error, file=sys.stderr)
    kind = next((one.__name__ for one in type(error).__mro__ if one.__module__ == "lexiscope.core.errors"), None)
    message = str(error) if kind or isinstance(error, CancelledError) else type(error).__name__
    return {"kind": kind or type(error).__name__, "message": message, "remedy": getattr(error, "remedy", None)}


def _sender(channel: socket.socket) -> Any:
    from lexiscope.core.plain import json_text

    def send(message: dict[str, Any]) -> None:
        channel.sendall(json_text(message).encode("utf-8") + b"\n")

    return send


if __name__ == "__main__":
    main()
