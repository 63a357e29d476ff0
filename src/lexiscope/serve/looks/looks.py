"""`Looks`: the job in which models look at the cases of the corpus, one question after another, while nobody asks."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lexiscope.core.case import Case
from lexiscope.core.memory import free_bytes, resident_bytes
from lexiscope.corpus import Corpus
from lexiscope.corpus.rows import case_of
from lexiscope.index.filter import Filter
from lexiscope.serve.jobs import Job
from lexiscope.serve.looks.looked import Looked, key_of
from lexiscope.serve.looks.questions import Question, own_question, questions_for
from lexiscope.serve.predictions import in_short
from lexiscope.serve.problems import NotFoundError
from lexiscope.serve.said import said
from lexiscope.serve.workers.call import Call, Given
from lexiscope.serve.workers.worker import CallFailedError, Told, WorkerDiedError

if TYPE_CHECKING:
    from lexiscope.serve.site import Site

_CASES = 64  # that are read at a time
_PAUSE_S = 0.25  # between two looks whether anybody still waits for an answer
_TRIES = 3  # cases of which a question may fail before it is asked no more, and deaths of the process
_ROOM = 2  # times the memory of a model's worker, which is free before another one is started
_logger = logging.getLogger(__name__)


class Looks:
    """The looks of a server: at most one job at a time.

    Args:
        site: The running server.
    """

    def __init__(self, site: "Site") -> None:
        self._site = site
        self._job: Job | None = None
        self._looked: Looked | None = None

    @property
    def is_possible(self) -> bool:
        """True where there are cases to look at, a model that does, and who runs the server wants it."""
        return self._site.config.look_at > 0 and self._site.corpus is not None and bool(self._site.models)

    @property
    def job(self) -> Job | None:
        """The job, also when it has ended; None before the first."""
        return self._job

    def begin(self) -> Job:
        """Begin to look, or go on; a job that runs is given as it is.

        Raises:
            NotFoundError: there is nothing to look at.
        """
        if not self.is_possible:
            msg = "expected a server that looks at cases by itself, got one without a corpus, a model or --look-at"
            raise NotFoundError(f"{msg}; start it with --corpus and --look-at 1000")
        self._job = self._site.jobs.start_alone("looks", self._look)
        return self._job

    async def _look(self, told: Told) -> dict[str, int]:
        corpus = self._site.cases
        if self._looked is None:
            self._looked = await asyncio.to_thread(Looked, None if self._site.config.read_only else corpus.path)
        done = {}
        for model in self._site.models:
            if not self._has_room(model):
                _logger.info("%s looks at no cases: too little memory is free for a second process", model)
                continue
            try:
                done[model] = await _Looking(self._site, model, corpus, self._looked, told).run()
            finally:
                await self._site.crew.rest(model)
        return done

    def _has_room(self, model: str) -> bool:
        pid = self._site.crew.worker(model).pid
        return pid is not None and free_bytes() > _ROOM * resident_bytes(pid)


@dataclass
class _Looking:
    """One model looks at the cases."""

    site: "Site"
    model: str
    corpus: Corpus
    looked: Looked
    told: Told
    failures: Counter[str] = field(default_factory=Counter)
    deaths: int = 0

    async def run(self) -> int:
        """The number of cases that were looked at."""
        table = await asyncio.to_thread(self.site.table.of, self.corpus)
        places = (await asyncio.to_thread(table.places, Filter(()))).tolist()
        total = min(len(places), self.site.config.look_at)
        directory = self.site.models[self.model]
        everywhere = await asyncio.to_thread(questions_for, directory, table)
        done = 0
        self._tell(done, total)
        async for case in self._cases(places):
            if done == total:
                break
            for question in (*everywhere, *own_question(directory, case)):
                await self._ask(question, case)
            done += 1
            self._tell(done, total)
        return done

    async def _cases(self, places: list[int]) -> AsyncIterator[Case]:
        """Cases in the order of lists, those that a person has corrected last."""
        corrected = await asyncio.to_thread(self.corpus.ledger.by_case)
        last = []
        for start in range(0, len(places), _CASES):
            for case in await asyncio.to_thread(self.corpus.at, places[start : start + _CASES]):
                if case.id in corrected:
                    last.append(case.id)
                else:
                    yield case
        for start in range(0, len(last), _CASES):
            rows = await asyncio.to_thread(self.corpus.stored_rows, last[start : start + _CASES])
            for row in rows.values():
                yield case_of(row)

    async def _ask(self, question: Question, case: Case) -> None:
        """Have a question answered that was not before, and keep what is said."""
        kind = f"{question.task} {question.settings}"
        about = self.site.crew.worker(self.model).about
        if self.failures[kind] >= _TRIES or not case.images.keys() & set(about.get("modalities", ())):
            return
        fingerprint = await asyncio.to_thread(self.site.fingerprint, self.model, question.task)
        key = key_of(fingerprint, question, case.id, case.images)
        record = await asyncio.to_thread(self.looked.find, key, task=question.task, case=case.id)
        if record is None:
            answered = await self._predicted(question, case.id)
            record = {"task": question.task, "case": case.id, "prediction": answered}
            await asyncio.to_thread(self.looked.add, key, record)
        prediction = record["prediction"]
        if prediction is None:
            self.failures[kind] += 1
            return
        self.failures[kind] = 0
        self.site.predictions.add(self.model, case.id, question.settings, question.request, prediction)

    async def _predicted(self, question: Question, case: str) -> dict[str, Any] | None:
        """What the model says; None where it cannot, or where its process died of it."""
        await self._quiet()
        call = Call("predict", question.task, question.settings, question.request, Given(case=case))
        try:
            return in_short(said(await self.site.crew.ask_calmly(self.model, call)))
        except CallFailedError as error:
            _logger.info("%s cannot %s a case: %s", self.model, question.task, error.kind)
        except WorkerDiedError:
            self.deaths += 1
            if self.deaths >= _TRIES:
                raise
        return None

    async def _quiet(self) -> None:
        """Wait until nobody asks for anything, and nobody waits for an answer."""
        await self.site.quiet.wait()
        while not self.site.crew.is_idle:
            await asyncio.sleep(_PAUSE_S)
            await self.site.quiet.wait()

    def _tell(self, done: int, total: int) -> None:
        self.told({"done": done, "total": total, "what": self.model})
