"""`Crew`: the workers of all served models, by the names of the models."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lexiscope.core.errors import UsageError
from lexiscope.serve.workers.call import Call, Opening
from lexiscope.serve.workers.worker import Told, Worker

_LONGER = 6


class Crew:
    """A worker for each model, and others for long work and for calm work from the moment that some is asked for.

    Args:
        openings: Name of a model -> what its worker holds open.
        queue: Calls of a model that may wait.
        patience_s: See `Worker`; long work may be silent for six times as long.
    """

    def __init__(self, openings: Mapping[str, Opening], *, queue: int, patience_s: float = 600.0) -> None:
        self._queue = queue
        self._patience_s = patience_s
        self._openings = dict(openings)
        self._workers = {
            name: Worker(opening, queue=queue, patience_s=patience_s) for name, opening in openings.items()
        }
        self._long: dict[str, Worker] = {}
        self._calm: dict[str, Worker] = {}

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(self._openings)

    def model_or_only(self, name: str | None) -> str:
        """A model by its name; the only one where none is named.

        Raises:
            UsageError: no such model, or several and none named.
        """
        if name is None and len(self._openings) == 1:
            return next(iter(self._openings))
        if name not in self._openings:
            known = ", ".join(self._openings)
            raise UsageError(f"expected one of the models {known}, got {name or 'no name'}; name one as model")
        return name

    def worker(self, model: str, call: Call | None = None) -> Worker:
        """The worker that a call of a model goes to."""
        if call is None or not call.is_long:
            return self._workers[model]
        if model not in self._long:
            self._long[model] = self._slow_worker(model)
        return self._long[model]

    @property
    def is_idle(self) -> bool:
        """True while nobody waits for an answer, calm work aside."""
        return not any(worker.waiting for worker in (*self._workers.values(), *self._long.values()))

    async def start(self) -> None:
        """Open all models.

        Raises:
            CallFailedError: one of them cannot be opened.
        """
        await asyncio.gather(*(worker.start() for worker in self._workers.values()))

    async def ask(self, model: str, call: Call, *, told: Told | None = None) -> dict[str, Any]:
        """The answer to a call; see `Worker.ask`."""
        return await self.worker(model, call).ask(call, told=told)

    async def ask_calmly(self, model: str, call: Call) -> dict[str, Any]:
        """As `ask`, in a process of the lowest priority, where it stands in nobody's way; see `rest`."""
        if model not in self._calm:
            self._calm[model] = self._slow_worker(model, calm=True)
        return await self._calm[model].ask(call)

    async def rest(self, model: str) -> None:
        """End the process for calm work, if there is one, at once."""
        worker = self._calm.pop(model, None)
        if worker is not None:
            await worker.close(drain_s=0, end_s=0)

    async def close(self, *, drain_s: float = 30.0) -> None:
        """Wait for what is in flight, calm work aside, then end all processes."""
        workers = [*self._workers.values(), *self._long.values()]
        await asyncio.gather(*map(self.rest, self._openings))
        await asyncio.gather(*(worker.close(drain_s=drain_s) for worker in workers))

    def _slow_worker(self, model: str, *, calm: bool = False) -> Worker:
        opening = replace(self._openings[model], warm=False, calm=calm)
        return Worker(opening, queue=self._queue, patience_s=_LONGER * self._patience_s)
