"""`task_app`: the verb of a task, such as `lexiscope ask`; a task that another package brings is a verb by its name."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import Config, Json, ModelPath, Verb, read_settings, takes, written_in
from lexiscope.cli.output import print_json
from lexiscope.cli.predictions import print_prediction
from lexiscope.cli.progress import progress_bar
from lexiscope.core.docstrings import description_of
from lexiscope.core.prediction import Prediction
from lexiscope.core.settings import shared_out
from lexiscope.tasks import TASKS

InputPath = Annotated[
    str, typer.Argument(metavar="INPUT", help="Image file, folder of sequences, DICOM study, or the id of a case.")
]
InputCorpus = Annotated[Path | None, typer.Option(help="Corpus that holds the case INPUT.")]
Modality = Annotated[str | None, typer.Option(help="What the image shows, when the model reads several modalities.")]


def task_app(name: str) -> typer.Typer:
    """App of one task, with the options of its settings and of its request.

    Args:
        name: Name of the task in `lexiscope.tasks.TASKS`.
    """
    task = TASKS.load(name)
    verb = _reading(task) if task.reads_image else _plain(task)
    verb = takes(task.Settings, into="settings")(takes(task.Request, into="request")(verb))
    return single(verb, help=description_of(task.__doc__))


def _reading(task: Any) -> Verb:
    """Verb of a task that looks at an input."""

    def predict(
        model: ModelPath,
        given: InputPath,
        *,
        settings: dict[str, Any],
        request: dict[str, Any],
        corpus: InputCorpus = None,
        modality: Modality = None,
        config: Config = None,
        json: Json = False,
    ) -> None:
        opening, asking = _filled(task, settings, request, config)
        with progress_bar() as progress:
            image = task.read(model, given, corpus=corpus, modality=modality)
            with task.open(model, opening, progress=progress) as opened:
                prediction = opened.predict(image, asking, progress=progress)
        _show(prediction, json=json)

    return predict


def _plain(task: Any) -> Verb:
    """Verb of a task that is told everything by its request."""

    def predict(
        model: ModelPath,
        *,
        settings: dict[str, Any],
        request: dict[str, Any],
        config: Config = None,
        json: Json = False,
    ) -> None:
        opening, asking = _filled(task, settings, request, config)
        with progress_bar() as progress, task.open(model, opening, progress=progress) as opened:
            prediction = opened.predict(None, asking, progress=progress)
        _show(prediction, json=json)

    return predict


def _filled(task: Any, settings: dict[str, Any], request: dict[str, Any], config: Path | None) -> tuple[Any, Any]:
    """Settings and request of a task from the options and from one file of both."""
    opening, asking = shared_out(written_in(config), (task.Settings, task.Request))
    return read_settings(task.Settings, opening, settings), read_settings(task.Request, asking, request)


def _show(prediction: Prediction, *, json: bool) -> None:
    if json:
        print_json(prediction.to_dict())
    else:
        print_prediction(prediction)
