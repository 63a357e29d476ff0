"""`Jobs`: work that takes longer than a request should wait, with its progress and its end."""

import asyncio
import re
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from lexiscope.core.plain import json_text
from lexiscope.serve.places import Places
from lexiscope.serve.problems import GoneError, NotFoundError, Problem
from lexiscope.serve.workers.worker import BusyError

State = Literal["waiting", "running", "done", "failed", "cancelled"]
Told = Callable[[dict[str, Any]], None]
_RUNNING = 256  # jobs that go on at a time; equal ones are computed once, and each holds its result
_KEPT = 256  # jobs that have ended and may still be asked about
_KEPT_BYTES = 256 << 20  # of their results
_ENDED = ("done", "failed", "cancelled")
_ID = re.compile(r"[0-9a-f]{8}-[\w-]{16}")
_BEAT_S = 15.0  # a comment on a silent stream, so that proxies keep it open


@dataclass
class Job:
    """One piece of long work; `to_json` is what the API says of it.

    Its result is kept as JSON, written in a thread: it may be large, and is asked for on the event loop.
    """

    id: str
    state: State = "waiting"
    progress: dict[str, Any] = field(default_factory=lambda: {"done": 0, "total": None, "what": ""})
    result: str = "null"
    problem: dict[str, Any] | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None

    @property
    def has_ended(self) -> bool:
        """True once nothing changes any more."""
        return self.state in _ENDED

    def to_json(self) -> str:
        """One line of JSON."""
        known = {"id": self.id, "state": self.state, **self.progress, "problem": self.problem}
        return f'{json_text(known)[:-1]}, "result": {self.result}}}'


class Jobs:
    """The jobs of a server, those that have ended included until newer ones take their place.

    They end with the server, and nothing of them is written: one that it stops in the middle of has failed, and who
    asks the next server about it is told so.

    Args:
        places: What is not said of this machine.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._mark = secrets.token_hex(4)  # of the jobs of this server, not of one that ran before it
        self._alone: dict[str, Job] = {}
        self._is_closing = False

    def start(self, work: Callable[[Told], Awaitable[Any]]) -> Job:
        """Begin work on the event loop.

        Args:
            work: Called with what it tells its progress to; its result is the job's.

        Raises:
            BusyError: too many jobs go on already.
        """
        if sum(not job.has_ended for job in self._jobs.values()) >= _RUNNING:
            raise BusyError(f"expected at most {_RUNNING} jobs at a time, and they go on already; ask again later")
        job = Job(f"{self._mark}-{secrets.token_urlsafe(12)}")
        self._jobs[job.id] = job
        self._sweep()
        job.task = asyncio.create_task(self._run(job, work))
        return job

    def start_alone(self, name: str, work: Callable[[Told], Awaitable[Any]]) -> Job:
        """Begin work of which one is enough; while it goes on, whoever begins it gets the same job.

        Args:
            name: What the work is.
            work: See `start`.
        """
        job = self._alone.get(name)
        if job is None or job.has_ended:
            job = self._alone[name] = self.start(work)
        return job

    def find(self, job_id: str) -> Job:
        """A job by its id.

        Raises:
            NotFoundError: no such job, or one that ended long ago.
            GoneError: one of a server that ran before this one.
        """
        if job_id in self._jobs:
            return self._jobs[job_id]
        if _ID.fullmatch(job_id) and not job_id.startswith(f"{self._mark}-"):
            msg = f"expected a job since this server started, got {job_id} of before, which ended with that server"
            raise GoneError(f"{msg}; ask for it again")
        raise NotFoundError(f"expected the id of a job, got {job_id}; jobs that ended are kept for a while only")

    async def cancel(self, job_id: str) -> Job:
        """End a job; one that has ended stays as it is."""
        job = self.find(job_id)
        if job.task is not None and not job.has_ended:
            job.task.cancel()
            await asyncio.wait([job.task])
            if not job.has_ended:  # it had not even begun
                job.state = "cancelled"
                await _notify(job)
        return job

    async def events(self, job_id: str) -> AsyncIterator[str]:
        """Server-sent events of a job, the first at once: "progress", then one of "done", "failed", "cancelled"."""
        job = self.find(job_id)
        while True:
            said = job.to_json()
            yield f"event: {job.state if job.has_ended else 'progress'}\ndata: {said}\n\n"
            if job.has_ended:
                return
            while job.to_json() == said:
                if not await _changed(job):
                    yield ": still at it\n\n"

    async def close(self) -> None:
        """End what still runs; it has failed, since nobody cancelled it."""
        self._is_closing = True
        running = [job.task for job in self._jobs.values() if job.task is not None and not job.task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _run(self, job: Job, work: Callable[[Told], Awaitable[Any]]) -> None:
        def told(progress: dict[str, Any]) -> None:
            job.progress = progress
            _background(_notify(job))

        job.state = "running"
        try:
            job.result = await asyncio.to_thread(json_text, await work(told), allow_nan=False)
            job.state = "done"
        except asyncio.CancelledError:
            if self._is_closing:
                stopped = "expected the server to run until the job had ended, got its stop; ask for it again"
                job.problem = Problem.of(GoneError(stopped)).to_dict()
            job.state = "failed" if self._is_closing else "cancelled"
        except Exception as error:
            job.problem = self._places.hidden(Problem.of(error).to_dict())
            job.state = "failed"
        await _notify(job)
        self._sweep()

    def _sweep(self) -> None:
        ended = [job for job in self._jobs.values() if job.has_ended]
        size = sum(len(job.result) for job in ended)
        for kept, job in zip(range(len(ended), 1, -1), ended[:-1], strict=True):  # the newest is asked for now
            if kept <= _KEPT and size <= _KEPT_BYTES:
                return
            size -= len(job.result)
            del self._jobs[job.id]


async def _notify(job: Job) -> None:
    async with job.changed:
        job.changed.notify_all()


async def _changed(job: Job) -> bool:
    async with job.changed:
        try:
            await asyncio.wait_for(job.changed.wait(), _BEAT_S)
        except TimeoutError:
            return False
    return True


_running: set[asyncio.Task[None]] = set()  # asyncio itself holds tasks weakly


def _background(work: Any) -> None:
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
