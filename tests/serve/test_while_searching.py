"""While searches run the server answers everybody else: the event loop waits for workers, and writes nothing long."""

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew

_SEARCH = {"request": {"query": "a mass"}}
_MOST_S = 0.05


class Searching:
    """Workers that find very much, once they may."""

    def __init__(self) -> None:
        self.asked, self.may = asyncio.Event(), asyncio.Event()
        self._hits = [{"case": f"visit-{n}", "score": 0.5, "text": "One lesion.", "path": None} for n in range(30_000)]

    def model_or_only(self, _: Any) -> str:
        return "brain"

    async def ask(self, *_: Any, **__: Any) -> dict[str, Any]:
        self.asked.set()
        await self.may.wait()
        return {"task": "search", "case": "a mass", "value": self._hits, "evidence": self._hits}


async def _longest_s(until: "asyncio.Task[Any]") -> float:
    """Longest time that the event loop computed something at a stretch; time that other processes had is none of it."""
    longest, before = 0.0, time.thread_time()
    while not until.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, before = max(longest, now - before), now
    return longest


def test_health_is_told_while_a_search_runs_and_while_its_hits_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site({}, Crew({}, queue=1), None, ServeConfig(), tmp_path)

    async def do() -> tuple[int, float, int]:
        searching = Searching()
        monkeypatch.setattr(site, "crew", searching)
        transport = httpx.ASGITransport(create_app(site))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            search = asyncio.create_task(client.post("/api/v1/search", json=_SEARCH))
            await searching.asked.wait()
            health = await client.get("/api/v1/health")
            assert not search.done()
            watching = asyncio.create_task(_longest_s(search))
            await asyncio.sleep(0)  # it has begun
            searching.may.set()
            found = await search
            return health.status_code, await watching, len(found.json()["value"])

    status, longest_s, hits = asyncio.run(do())
    assert (status, hits) == (200, 30_000)
    assert longest_s < _MOST_S
