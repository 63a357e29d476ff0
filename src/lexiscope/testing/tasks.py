"""The contract that every task keeps: opened once, asked many times, and nothing changed by being asked."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_file
from lexiscope.core.prediction import Prediction
from lexiscope.core.settings import Settings
from lexiscope.index.qdrant import COLLECTION_PREFIX
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.inputs import Input
from lexiscope.tasks.task import Task
from lexiscope.testing.files import opened_files

_KEYS = ["task", "case", "value", "score", "uncertainty", "evidence", "out_of_distribution"]


def check_task(
    task: type[Task[Any, Any]],
    model: ModelDirectory,
    *,
    given: Input | None,
    settings: Mapping[str, Any] | None = None,
    request: Mapping[str, Any] | None = None,
) -> None:
    """Check what every task promises about its predictions.

    A second prediction opens no file and draws from no global generator; predictions are JSON under the task's name;
    evidence has a path and a licence and never comes from the group of the input; progress, where it is told, ends with
    the whole; two threads get the answers that one gets; nothing is written into the model directory; and a task that
    reads images refuses to be asked without one.

    Args:
        task: Class of the task.
        model: A model that has the part which the task needs.
        given: An input, for a task that reads images.
        settings: Settings that have no default, and others to open it with.
        request: What is asked beside the input, likewise.

    Raises:
        AssertionError: a promise is broken.
    """
    _check_declared(task)
    before = _state_of(model.path)
    asked = task.Request.of(dict(request or {}))
    with task.open(model, task.Settings.of(dict(settings or {}))) as opened:
        steps: dict[str, tuple[int, int | None]] = {}
        first = opened.predict(given, asked, progress=lambda done, total, what: steps.update({what: (done, total)}))
        short = {what: step for what, step in steps.items() if step[0] != step[1]}
        assert not short, f"progress ended before all was done: {short}"
        random = torch.get_rng_state(), str(np.random.get_state())
        with opened_files() as paths:
            second = opened.predict(given, asked)
        assert torch.equal(random[0], torch.get_rng_state()), "a prediction drew from torch's global generator"
        assert random[1] == str(np.random.get_state()), "a prediction drew from numpy's global generator"
        assert not paths, f"a second prediction opened {paths}; load it once, in open"
        _check_prediction(first, task.name, given)
        assert second.to_dict() == first.to_dict(), "the same request got another answer"
        with ThreadPoolExecutor(2) as threads:
            for each in threads.map(lambda _: opened.predict(given, asked), range(4)):
                assert each.to_dict() == first.to_dict(), "another thread got another answer"
        if task.reads_image:
            _check_refusal(opened, asked)
    changed = [name for name, _ in set(before.items()) ^ set(_state_of(model.path).items())]
    assert not changed, f"predicting changed {', '.join(sorted(set(changed)))} in the model directory"


def _check_declared(task: type[Task[Any, Any]]) -> None:
    for settings in (task.Settings, task.Request):
        assert issubclass(settings, Settings)
        text = settings.__doc__ or ""
        bare = [name for name in settings.model_fields if f"{name}: " not in text]
        assert not bare, f"{settings.__name__} explains no {', '.join(bare)} under Args:"
    assert (task.__doc__ or "").strip(), f"{task.__name__} needs a docstring: it is the verb's help"
    assert isinstance(task.part, str)
    assert isinstance(task.reads_image, bool)


def _check_prediction(prediction: Prediction, name: str, given: Input | None) -> None:
    document = prediction.to_dict()
    assert list(document) == _KEYS
    assert json.loads(json.dumps(document, allow_nan=False)) == document, "a prediction is plain JSON types"
    assert prediction.task == name, f"a prediction of {name} says it is of {prediction.task}"
    for evidence in prediction.evidence:
        assert {"path", "licence"} <= set(evidence.details), f"evidence says its path and licence, got {evidence}"
        assert evidence.details["path"] is None or Path(evidence.details["path"]).is_file()
    groups = {evidence.group for evidence in prediction.evidence}
    assert given is None or given.group not in groups, f"evidence comes from {given.group}, which is asked about"


def _check_refusal(opened: Task[Any, Any], request: Settings) -> None:
    try:
        opened.predict(None, request)
    except UsageError:
        return
    raise AssertionError("a task that reads images must refuse to be asked without one")


def _state_of(folder: Path) -> dict[str, str]:
    """Contents by file, less those of the embedded search engine, which keeps books of its own when it is opened."""
    names = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: sha256_file(path) for name, path in names.items() if COLLECTION_PREFIX not in name}
