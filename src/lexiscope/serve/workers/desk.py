"""`Desk`: one model with its tasks held open, and the answers to calls about it."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from lexiscope.core.errors import LexiscopeError, UsageError
from lexiscope.core.progress import Progress
from lexiscope.models.directory import ModelDirectory
from lexiscope.serve.workers.call import Call, Given, Opening
from lexiscope.serve.workers.charts import with_charts
from lexiscope.tasks import TASKS

_OPEN = 8  # tasks held at once; each holds its part of the model, so the least recently used one goes
Answer = dict[str, Any] | BaseException


class Desk:
    """Tasks of one model, opened at their first call and kept."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._model = ModelDirectory(opening.model)
        self._open: OrderedDict[tuple[str, str], Any] = OrderedDict()

    @classmethod
    def open(cls, opening: Opening) -> "Desk":
        """Open the tasks that need no choice, so that nobody waits for them.

        A task that cannot be opened, such as a search without an index, says so when it is asked.
        """
        desk = cls(opening)
        for name, task in TASKS.load_all().items() if opening.warm else ():
            if desk._is_ready(task):
                desk._warm(name)
        return desk

    def describe(self) -> dict[str, Any]:
        """What the model reads and what it knows, as plain JSON: {"modalities", "structures"}."""
        modalities: set[str] = set()
        structures: list[str] = []
        for part in self._model.parts():
            with suppress(LexiscopeError):  # a part without views, such as the text tower
                modalities |= self._model.views(part).keys()
        if self._model.has("segmenter"):
            from lexiscope.models.parts.segmenter import load_grid, load_structures

            folder = self._model.part("segmenter")
            modalities |= load_grid(folder).channels.keys()
            structures = list(load_structures(folder))
        return {"modalities": sorted(modalities), "structures": structures}

    def answer(self, calls: Sequence[Call], *, progress: Progress | None = None) -> list[Answer]:
        """Predictions as plain JSON, or what went wrong, in the order of the calls.

        Args:
            calls: One call, or several of one task that read no image.
            progress: Called while it takes long; what it raises ends the work.
        """
        if calls[0].work == "interpret":
            return [self._interpret(calls[0], progress)]
        try:
            task = self._task(calls[0].task, calls[0].settings, progress)
        except LexiscopeError as error:
            return [error] * len(calls)
        if len(calls) == 1:
            return [self._predict(task, calls[0], progress)]
        requests = [task.Request.of(dict(call.request)) for call in calls]
        return [one if isinstance(one, Exception) else one.to_dict() for one in task.predict_all(requests)]

    def _predict(self, task: Any, call: Call, progress: Progress | None) -> Answer:
        try:
            request = task.Request.of(dict(call.request))
            given = None if call.given is None else self._read(task, call.given)
            return task.predict(given, request, progress=progress).to_dict()
        except Exception as error:
            return error

    def _read(self, task: Any, given: Given) -> Any:
        read = self._read_all(task, given)
        if not given.without:
            return read
        if not read.images.present:
            raise UsageError(f"{task.name} reads all images of a case together, and can leave none out; drop 'without'")
        return read.without(given.without)

    def _read_all(self, task: Any, given: Given) -> Any:
        if given.case is None:
            return task.read(self._model, given.path, modality=given.modality)
        if self._opening.corpus is None:
            raise UsageError(f"case {given.case} is of no corpus here: start the server with --corpus, or upload files")
        return task.read(self._model, given.case, corpus=self._opening.corpus)

    def _interpret(self, call: Call, progress: Progress | None) -> Answer:
        from lexiscope.interpret.run import interpret_model

        if self._opening.corpus is None:
            return UsageError("interpreting needs cases: start the server with --corpus")
        try:
            made = interpret_model(self._model, self._opening.corpus, progress=progress, **dict(call.request))
        except Exception as error:
            return error
        return with_charts(made)

    def _task(self, name: str, settings: Any, progress: Progress | None) -> Any:
        key = name, json.dumps(settings, sort_keys=True)
        if key not in self._open:
            kind = TASKS.load(name)
            chosen = kind.Settings.of({**settings, **self._deployed(kind)})
            self._open[key] = kind.open(self._model, chosen, progress=progress)
        self._open.move_to_end(key)
        if len(self._open) > _OPEN:
            _, oldest = self._open.popitem(last=False)
            oldest.close()
        return self._open[key]

    def _deployed(self, kind: Any) -> dict[str, str]:
        """What who runs the server chose, and nobody who asks it."""
        url = self._opening.index_url
        return {"url": url} if url is not None and "url" in kind.Settings.model_fields else {}

    def _is_ready(self, task: Any) -> bool:
        needs_choice = any(field.is_required() for field in task.Settings.model_fields.values())
        return not needs_choice and self._model.has(task.part)

    def _warm(self, name: str) -> None:
        with suppress(LexiscopeError):  # it says so again when it is asked
            self._task(name, {}, None)
