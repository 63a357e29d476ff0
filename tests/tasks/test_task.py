"""Every task of the table keeps the contract, and is opened once for many predictions."""

import shutil
from pathlib import Path

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.tasks import TASKS
from lexiscope.tasks.inputs import Input
from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.testing.files import opened_files
from lexiscope.testing.masked import tiny_segmenter
from lexiscope.testing.parts import RUN
from lexiscope.testing.tasks import check_task
from lexiscope.views.case_grid import CaseGrid

SETTINGS = {"classify": {"attribute": "colour"}}
REQUESTS = {
    "answer": {"question": "Which colour is it?"},
    "search": {"query": "a red disc"},
    "caption": {"max_tokens": 8},
}


@pytest.fixture(scope="module")
def complete(
    taught: tuple[Corpus, ModelDirectory], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Corpus, ModelDirectory]:
    """A model with every part that a task needs."""
    corpus, model = taught
    copied = ModelDirectory(shutil.copytree(model.path, tmp_path_factory.mktemp("complete") / "model"))
    index_corpus(copied, corpus)
    copied.save("segmenter", _photo_segmenter(), record=RUN)
    return corpus, copied


def _photo_segmenter() -> SegmenterContent:
    grid = CaseGrid(channels={"photo": 3})
    return SegmenterContent(tiny_segmenter(modalities={"photo": 3}), grid, (32, 32), {"disc": Structure(("disc",))})


def _given(task: type, corpus: Corpus, model: ModelDirectory) -> Input | None:
    case = next(corpus.cases("train"))
    return task.read(model, case.id, corpus=corpus) if task.reads_image else None


@pytest.mark.parametrize("name", TASKS)
def test_a_task_keeps_its_contract(complete: tuple[Corpus, ModelDirectory], name: str) -> None:
    task = TASKS.load(name)
    assert task.name == name
    check_task(
        task,
        complete[1],
        given=_given(task, *complete),
        settings=SETTINGS.get(name),
        request=REQUESTS.get(name),
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_many_predictions_cost_one_load(complete: tuple[Corpus, ModelDirectory], name: str) -> None:
    """Counted in files of the model and the corpus that are opened, from opening the task to its last prediction."""
    corpus, model = complete
    task = TASKS.load(name)
    given = _given(task, corpus, model)
    for folder in (model.path, corpus.path):
        loads = _opened(task, model, given, 1, below=folder)
        assert loads or (folder == corpus.path and name == "segment")  # a segmenter rests on no case
        assert _opened(task, model, given, 5, below=folder) == loads


def _opened(task: type, model: ModelDirectory, given: Input | None, predictions: int, *, below: Path) -> int:
    with (
        opened_files(below=below) as paths,
        task.open(model, task.Settings.of(SETTINGS.get(task.name, {}))) as opened,
    ):
        for _ in range(predictions):
            opened.predict(given, task.Request.of(REQUESTS.get(task.name, {})))
    return len(paths)


def test_wrong_settings_and_requests_are_refused_before_anything_is_loaded() -> None:
    with pytest.raises(UsageError, match="attribute: expected a value, got none"):
        TASKS.load("classify").open("nowhere")
    with pytest.raises(UsageError, match="a question needs words"):
        TASKS.load("answer").Request.of({"question": "  "})
    with pytest.raises(UsageError, match="a filter reads FIELD OPERATOR VALUE"):
        TASKS.load("search").Request.of({"query": "a disc", "where": ("red",)})
    with pytest.raises(UsageError, match="needs words or an image"):
        TASKS.load("search").Request.of({"query": "  "})
