"""Jobs: their states as JSON, their events, and how much of those that ended is kept."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lexiscope.core.errors import UsageError
from lexiscope.serve import jobs as module
from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.jobs import Job, Jobs
from lexiscope.serve.places import Places
from lexiscope.serve.problems import GoneError, NotFoundError
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew
from lexiscope.serve.workers.worker import BusyError


def with_jobs(do: Callable[[Jobs], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        jobs = Jobs(Places({Path("/srv/m/brain"): "brain"}, own=Path("/srv/own")))
        try:
            return await do(jobs)
        finally:
            await jobs.close()

    return asyncio.run(run())


async def ended(job: Job) -> dict[str, Any]:
    assert job.task is not None
    await asyncio.wait([job.task])
    known: dict[str, Any] = json.loads(job.to_json())
    return known


def test_a_job_says_its_result_and_its_problem_without_places() -> None:
    async def do(jobs: Jobs) -> tuple[dict[str, Any], dict[str, Any]]:
        async def well(_: Any) -> dict[str, Any]:
            return {"value": "größer \u009b1m"}

        async def ill(_: Any) -> Any:
            raise UsageError("expected a part, got none in /srv/m/brain; train it")

        return await ended(jobs.start(well)), await ended(jobs.start(ill))

    well, ill = with_jobs(do)
    assert (well["state"], well["result"], well["problem"]) == ("done", {"value": "größer \u009b1m"}, None)
    assert (ill["state"], ill["result"]) == ("failed", None)
    assert ill["problem"]["detail"] == "expected a part, got none in brain; train it"


def test_results_that_ended_are_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_BYTES", 250)

    async def do(jobs: Jobs) -> list[bool]:
        async def work(_: Any) -> str:
            return "x" * 98

        made = [jobs.start(work) for _ in range(1)]
        for _ in range(4):
            await ended(made[-1])
            made.append(jobs.start(work))
        await ended(made[-1])
        return [_is_known(jobs, job) for job in made]

    assert with_jobs(do) == [False, False, False, True, True]


def _is_known(jobs: Jobs, job: Job) -> bool:
    try:
        return jobs.find(job.id) is job
    except NotFoundError:
        return False


async def forever(_: Any) -> None:
    await asyncio.sleep(3600)


async def heard_of(jobs: Jobs, job: Job, end: Callable[[], Awaitable[Any]]) -> str:
    """The last event of a job that is ended while somebody listens."""
    heard: list[str] = []

    async def listen() -> None:
        heard.extend([event async for event in jobs.events(job.id)])

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.01)
    await end()
    await asyncio.wait_for(listening, 5)
    return heard[-1]


def test_who_listens_hears_the_end_when_the_server_stops() -> None:
    async def do(jobs: Jobs) -> str:
        return await heard_of(jobs, jobs.start(forever), jobs.close)

    kind, data = with_jobs(do).splitlines()[:2]
    assert kind == "event: failed"  # nobody cancelled it
    assert json.loads(data.removeprefix("data: "))["problem"]["do"] == "ask for it again"


def test_a_job_is_cancelled_and_one_that_has_ended_stays_as_it_is() -> None:
    async def do(jobs: Jobs) -> tuple[str, bool, str]:
        async def well(_: Any) -> int:
            return 3

        long, short = jobs.start(forever), jobs.start(well)
        await ended(short)
        heard = await heard_of(jobs, long, lambda: jobs.cancel(long.id))
        assert long.task is not None
        return heard, long.task.done(), (await jobs.cancel(short.id)).state

    heard, stopped, state = with_jobs(do)
    assert heard.startswith("event: cancelled\n")
    assert (stopped, state) == (True, "done")


def test_jobs_that_go_on_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RUNNING", 2)

    async def do(jobs: Jobs) -> None:
        first, _ = jobs.start(forever), jobs.start(forever)
        with pytest.raises(BusyError, match="ask again later"):
            jobs.start(forever)
        await jobs.cancel(first.id)
        jobs.start(forever)

    with_jobs(do)


def test_of_work_that_one_does_for_all_there_is_one_at_a_time() -> None:
    async def do(jobs: Jobs) -> tuple[bool, bool, bool]:
        first = jobs.start_alone("audit", forever)
        same, other = jobs.start_alone("audit", forever) is first, jobs.start_alone("looks", forever) is first
        await jobs.cancel(first.id)
        return same, other, jobs.start_alone("audit", forever) is first

    assert with_jobs(do) == (True, False, False)


def test_a_job_is_cancelled_over_http(tmp_path: Path) -> None:
    site = Site({}, Crew({}, queue=1), None, ServeConfig(), tmp_path)
    with TestClient(create_app(site), base_url="http://localhost") as client:
        assert client.portal is not None
        job = client.portal.call(site.jobs.start, forever)
        address = f"/api/v1/jobs/{job.id}"
        assert client.get(address).json()["state"] == "running"
        assert client.delete(address).json()["state"] == "cancelled"
        assert client.get(address).json()["state"] == "cancelled"
        assert client.delete(f"{address}x").status_code == 404


def test_a_job_of_before_the_server_was_started_again_is_told_apart_from_none() -> None:
    async def begun(jobs: Jobs) -> str:
        async def work(_: Any) -> None: ...

        return jobs.start(work).id

    async def ask(jobs: Jobs, job: str) -> Job:
        return jobs.find(job)

    job = with_jobs(begun)
    with pytest.raises(GoneError, match="ended with that server; ask for it again"):
        with_jobs(lambda jobs: ask(jobs, job))
    with pytest.raises(NotFoundError, match="kept for a while"):
        with_jobs(lambda jobs: ask(jobs, "other"))
