"""`Worker`: calls to one model, however often its process has to be started anew."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

from lexiscope.core.errors import LexiscopeError
from lexiscope.serve.workers.call import Call, Opening
from lexiscope.serve.workers.process import Message, WorkerProcess

Told = Callable[[dict[str, Any]], None]
_TRIES = 3  # starts in a row that fail before nobody waits any longer


class BusyError(LexiscopeError):
    """So many calls wait that another would only wait too long."""


class WorkerDiedError(LexiscopeError):
    """The process died while it worked on the call."""


class CallFailedError(LexiscopeError):
    """What the worker said went wrong.

    Args:
        problem: {"kind": class of the error, "message", "remedy"}.
    """

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem["message"])
        self.kind: str = problem["kind"]
        self.remedy: str | None = problem.get("remedy")


@dataclass
class _Pending:
    call: Call
    answer: asyncio.Future[dict[str, Any]]
    told: list[Told] = field(default_factory=list)
    waiting: int = 0
    began: bool = False


class Worker:
    """One model: at most `queue` different calls at a time, equal ones computed once, a dead process started anew.

    All methods are called on the event loop.

    Args:
        opening: What the process holds open.
        queue: Calls that may wait.
        patience_s: Seconds that a call may take, and the model may take to open, without a sign of progress.

    Attributes:
        about: What `Desk.describe` says of the model, once it is open.
    """

    def __init__(self, opening: Opening, *, queue: int, patience_s: float = 600.0) -> None:
        self._opening = opening
        self._patience_s = patience_s
        self._silence: asyncio.TimerHandle | None = None
        self._queue = queue
        self._numbers = count()
        self._pending: dict[int, _Pending] = {}
        self._by_key: dict[str, int] = {}
        self._process: WorkerProcess | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready: asyncio.Future[None] | None = None
        self._failed_starts = 0
        self._closing = False
        self.about: dict[str, Any] = {}

    @property
    def pid(self) -> int | None:
        """Process id of the running child."""
        return None if self._process is None else self._process.pid

    @property
    def waiting(self) -> int:
        """Calls that are not answered yet."""
        return len(self._pending)

    async def start(self) -> None:
        """Start the process and wait until its tasks are open.

        Raises:
            CallFailedError: the model cannot be opened.
        """
        self._loop = asyncio.get_running_loop()
        if self._process is None:
            self._start()
        assert self._ready is not None
        await asyncio.shield(self._ready)

    async def ask(self, call: Call, *, told: Told | None = None) -> dict[str, Any]:
        """The answer to a call.

        Args:
            told: Called with {"done", "total", "what"} while it takes long.

        Raises:
            BusyError: too many calls wait already.
            CallFailedError: the worker could not do it.
            WorkerDiedError: its process died while it did.
            asyncio.CancelledError: nobody waits any more; the worker stops at its next step.
        """
        number = self._number_of(call)
        pending = self._pending[number]
        if told is not None:
            pending.told.append(told)
        pending.waiting += 1
        try:
            return await asyncio.shield(pending.answer)
        finally:
            pending.waiting -= 1
            if pending.waiting == 0 and not pending.answer.done():
                self._give_up(number)

    async def close(self, *, drain_s: float, end_s: float = 5.0) -> None:
        """Wait for the calls in flight, then end the process.

        Args:
            drain_s: Seconds to wait at most.
            end_s: Seconds after which a process that does not end by itself is killed.
        """
        self._closing = True
        answers = [pending.answer for pending in self._pending.values()]
        if answers:
            await asyncio.wait(answers, timeout=drain_s)
        if self._silence is not None:
            self._silence.cancel()
        if self._process is not None:
            await asyncio.to_thread(self._process.end, wait_s=end_s)

    def _number_of(self, call: Call) -> int:
        key = call.key
        if key in self._by_key:
            return self._by_key[key]
        if len(self._pending) >= self._queue or self._closing:
            raise BusyError(f"expected at most {self._queue} calls at a time, and they wait already; ask again later")
        if self._process is None:
            self._start()
        number = next(self._numbers)
        assert self._loop is not None
        self._pending[number] = _Pending(call, self._loop.create_future())
        self._by_key[key] = number
        self._send(number)
        return number

    def _send(self, number: int) -> None:
        assert self._process is not None
        self._process.send({"id": number, "call": asdict(self._pending[number].call)})

    def _give_up(self, number: int) -> None:
        pending = self._forget(number)
        if pending is not None and self._process is not None:
            pending.answer.cancel()
            self._process.send({"cancel": number})

    def _forget(self, number: int) -> _Pending | None:
        pending = self._pending.pop(number, None)
        if pending is not None:
            self._by_key.pop(pending.call.key, None)
        return pending

    def _start(self) -> None:
        self._loop = self._loop or asyncio.get_running_loop()
        self._ready = self._loop.create_future()
        self._ready.add_done_callback(_seen)
        self._process = WorkerProcess(self._opening, self._receive)
        self._listen_again()

    def _listen_again(self) -> None:
        """Kill the process when it says nothing for too long while it has something to do."""
        if self._silence is not None:
            self._silence.cancel()
        assert self._loop is not None
        self._silence = self._loop.call_later(self._patience_s, self._give_up_process)

    def _give_up_process(self) -> None:
        is_opening = self._ready is not None and not self._ready.done()
        if self._process is not None and (is_opening or any(one.began for one in self._pending.values())):
            self._process.kill()

    def _receive(self, process: WorkerProcess, message: Message | None) -> None:
        """Called by the reading thread."""
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._heard, process, message)

    def _heard(self, process: WorkerProcess, message: Message | None) -> None:
        if process is not self._process:
            return
        self._listen_again()
        if message is None:
            self._died()
        elif "ready" in message:
            self._opened(message)
        elif "began" in message:
            for number in message["began"]:
                if number in self._pending:
                    self._pending[number].began = True
        elif "progress" in message:
            self._tell(message["id"], message["progress"])
        else:
            self._answered(message)

    def _opened(self, message: Message) -> None:
        assert self._ready is not None
        if message["ready"]:
            self._failed_starts = 0
            self.about = message["about"]
            self._ready.set_result(None)
            return
        error = CallFailedError(message["problem"])
        self._process = None  # it ends by itself, and the next call tries again
        self._ready.set_exception(error)
        self._fail_all(error)

    def _tell(self, number: int, progress: dict[str, Any]) -> None:
        for told in self._pending[number].told if number in self._pending else ():
            told(progress)

    def _answered(self, message: Message) -> None:
        pending = self._forget(message["id"])
        if pending is None or pending.answer.done():
            return
        if "problem" in message:
            pending.answer.set_exception(CallFailedError(message["problem"]))
            pending.answer.add_done_callback(_seen)
        else:
            pending.answer.set_result(message["result"])

    def _died(self) -> None:
        """What was begun fails; what waited is asked again of a new process."""
        self._process = None
        assert self._ready is not None
        if not self._ready.done():
            self._failed_starts += 1
            self._ready.set_exception(WorkerDiedError("the process of the model died while it opened it"))
        for number in [number for number, one in self._pending.items() if one.began]:
            self._fail(number, WorkerDiedError("the process of the model died while it worked on this; ask again"))
        if self._closing:
            return
        if self._failed_starts >= _TRIES:
            self._failed_starts = 0
            self._fail_all(WorkerDiedError(f"the process of the model died {_TRIES} times while it was opened"))
            return
        self._start()
        for number in self._pending:
            self._send(number)

    def _fail_all(self, error: LexiscopeError) -> None:
        for number in list(self._pending):
            self._fail(number, error)

    def _fail(self, number: int, error: LexiscopeError) -> None:
        pending = self._forget(number)
        if pending is not None and not pending.answer.done():
            pending.answer.set_exception(error)
            pending.answer.add_done_callback(_seen)


def _seen(future: asyncio.Future[Any]) -> None:
    """Look at the outcome, so that nobody is told of an error that everybody stopped waiting for."""
    if not future.cancelled():
        future.exception()
