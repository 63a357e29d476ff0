"""Calls to a worker: one at a time in a process of its own, equal ones once, and a death costs what it had begun."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from lexiscope.serve.workers.call import Call, Given, Opening
from lexiscope.serve.workers.worker import BusyError, CallFailedError, Worker, WorkerDiedError

pytestmark = pytest.mark.slow  # processes are started


def search(words: str) -> Call:
    return Call("predict", "search", request={"query": words, "k": 2})


def with_worker(made: Any, do: Callable[[Worker], Awaitable[Any]], *, queue: int = 64) -> Any:
    corpus, model = made

    async def run() -> Any:
        worker = Worker(Opening(model.path, corpus.path, warm=False), queue=queue)
        await worker.start()
        try:
            return await do(worker)
        finally:
            await worker.close(drain_s=10)

    return asyncio.run(run())


def test_equal_calls_are_computed_once_and_alike_ones_together(made: Any) -> None:
    began: list[list[int]] = []

    async def do(worker: Worker) -> list[Any]:
        heard = worker._heard

        def listening(process: Any, message: Any) -> None:
            if message is not None and "began" in message:
                began.append(message["began"])
            heard(process, message)

        worker._heard = listening  # type: ignore[method-assign]
        calls = [asyncio.create_task(worker.ask(search("a mass"))) for _ in range(8)]
        others = [asyncio.create_task(worker.ask(search(f"a mass number {n}"))) for n in range(8)]
        await asyncio.sleep(0)
        assert worker.waiting == 9
        return await asyncio.gather(*calls, *others)

    answers = with_worker(made, do)
    assert all(answer == answers[0] for answer in answers[:8])
    assert all(answer["task"] == "search" for answer in answers)
    assert sum(map(len, began)) == 9
    assert len(began) <= 3  # the first may begin before the others have come


def test_more_calls_than_may_wait_are_refused(made: Any) -> None:
    async def do(worker: Worker) -> list[Any]:
        asked = [worker.ask(search(f"number {n}")) for n in range(5)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = with_worker(made, do, queue=3)
    assert [type(one) for one in answers].count(BusyError) == 2


def test_a_death_costs_what_it_had_begun_and_nothing_that_waits(made: Any, case_id: str) -> None:
    async def do(worker: Worker) -> tuple[Any, Any, int]:
        first = worker.pid
        slow = Call("predict", "segment", request={}, given=Given(case=case_id))
        begun = asyncio.create_task(worker.ask(slow))
        while not any(one.began for one in worker._pending.values()):
            await asyncio.sleep(0.01)
        waits = asyncio.create_task(worker.ask(search("a mass")))
        await asyncio.sleep(0.01)
        assert first is not None
        os.kill(first, signal.SIGKILL)
        outcome = await asyncio.gather(begun, waits, return_exceptions=True)
        assert worker.pid not in (None, first)
        return (*outcome, len(worker._pending))

    begun, waited, left = with_worker(made, do)
    assert isinstance(begun, WorkerDiedError)
    assert waited["value"]
    assert left == 0


def test_a_call_that_nobody_waits_for_is_given_up(made: Any, case_id: str) -> None:
    async def do(worker: Worker) -> int:
        asked = asyncio.create_task(worker.ask(Call("predict", "segment", given=Given(case=case_id))))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
        await worker.ask(search("a mass"))
        return worker.waiting

    assert with_worker(made, do) == 0


def test_a_task_that_cannot_be_opened_says_why(tmp_path: Any) -> None:
    async def do() -> None:
        worker = Worker(Opening(tmp_path / "none", None), queue=2)
        try:
            await worker.start()
            await worker.ask(search("a mass"))
        finally:
            await worker.close(drain_s=1)

    with pytest.raises(CallFailedError, match="expected an index"):
        asyncio.run(do())


def test_a_process_that_hangs_is_killed_and_what_waits_is_answered(made: Any, case_id: str) -> None:
    async def do(worker: Worker) -> tuple[Any, Any]:
        hung = asyncio.create_task(worker.ask(Call("predict", "segment", given=Given(case=case_id))))
        while not any(one.began for one in worker._pending.values()):
            await asyncio.sleep(0.005)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)
        waits = asyncio.create_task(worker.ask(search("a mass")))
        worker._patience_s = 0.05
        worker._listen_again()
        outcome = (await asyncio.gather(hung, return_exceptions=True))[0]
        worker._patience_s = 600.0
        worker._listen_again()
        return outcome, await waits

    outcome, answered = with_worker(made, do)
    assert isinstance(outcome, WorkerDiedError)
    assert answered["value"]


def test_a_model_that_cannot_be_opened_is_tried_again_when_it_is_asked_and_not_before(tmp_path: Path) -> None:
    async def do() -> None:
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "views.json").write_text("{")
        worker = Worker(Opening(tmp_path / "model", tmp_path / "no corpus", warm=True), queue=2)
        worker._loop = asyncio.get_running_loop()
        worker._start()
        first = worker.pid
        assert worker._process is not None
        worker._heard(worker._process, {"ready": False, "problem": {"kind": "ModelError", "message": "damaged"}})
        assert worker.pid is None
        with pytest.raises(CallFailedError):
            await worker.ask(search("a mass"))
        assert worker.pid != first
        await worker.close(drain_s=1)

    asyncio.run(do())
