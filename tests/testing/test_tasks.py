"""The contract of tasks holds for one that keeps it and names what a broken one does."""

from pathlib import Path
from threading import get_ident
from typing import Any, ClassVar, Self

import numpy as np
import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.core.prediction import Evidence, Prediction
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Settings
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.inputs import Input, read_input
from lexiscope.tasks.task import Task, require_input
from lexiscope.testing import make_corpus
from lexiscope.testing.speaking import tiny_model
from lexiscope.testing.tasks import check_task


class Options(Settings):
    """Options of the toy.

    Args:
        scale: Factor of the brightness.
    """

    scale: float = 1.0


class Brightness(Task[Options, Options]):
    """Mean brightness of an image; as a task of another package would be written."""

    name: ClassVar[str] = "brightness"
    part: ClassVar[str] = "joint"
    Settings = Options
    Request = Options
    reads_image: ClassVar[bool] = True

    def __init__(self, model: ModelDirectory) -> None:
        self.model = model

    @classmethod
    def open(cls, model: ModelDirectory | Path | str, settings: Options | None = None, **_: Any) -> Self:
        return cls(ModelDirectory.of(model))

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        images = require_input(given, self).images.images
        mean = float(torch.cat([x.float().flatten() for x in images.values()]).mean())
        evidence = Evidence("other", "other-group", 1.0, details={"path": None, "licence": "CC0-1.0"})
        return Prediction(self.name, "a", mean * request.scale, evidence=(evidence,))


class Reloading(Brightness):
    """Reads the record of its model for each image."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        self.model.record("joint")
        return super().predict(given, request)


class Writing(Brightness):
    """Leaves a file in the model directory, once."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        if not (self.model.path / "seen.txt").exists():
            (self.model.path / "seen.txt").touch()
        return super().predict(given, request)


class Guessing(Brightness):
    """Draws from the generator of everybody."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        torch.rand(1)
        return super().predict(given, request)


class OfItsThread(Brightness):
    """Answers with the thread it runs in."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        super().predict(given, request)
        return Prediction(self.name, "a", get_ident())


class OfArrays(Brightness):
    """Gives an array for a value."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        super().predict(given, request)
        return Prediction(self.name, "a", np.zeros(3))


class OfItself(Brightness):
    """Cites the group that is asked about."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        group = require_input(given, self).group or ""
        evidence = Evidence("a", group, 1.0, details={"path": None, "licence": "CC0-1.0"})
        return Prediction(self.name, "a", 1.0, evidence=(evidence,))


class WithoutLicence(Brightness):
    """Cites without path and licence."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        require_input(given, self)
        return Prediction(self.name, "a", 1.0, evidence=(Evidence("other", "other-group", 1.0),))


class Renamed(Brightness):
    """Predicts under the name of another task."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        super().predict(given, request)
        return Prediction("darkness", "a", 1.0)


class Careless(Brightness):
    """Answers without an image."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        return Prediction(self.name, "a", 1.0)


class Short(Brightness):
    """Says of two thirds that they are done, and ends."""

    def predict(self, given: Input | None, request: Options, *, progress: Progress | None = None) -> Prediction:
        if progress is not None:
            progress(2, 3, "thirds")
        return super().predict(given, request)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ModelDirectory]:
    folder = tmp_path_factory.mktemp("toy")
    corpus = make_corpus(folder / "corpus", 4)
    return corpus, tiny_model(corpus, folder / "model")


@pytest.fixture
def given(made: tuple[Corpus, ModelDirectory]) -> Input:
    return read_input("case-0000", views=made[1].views(), corpus=made[0])


def test_a_task_of_another_package_keeps_the_contract(made: tuple[Corpus, ModelDirectory], given: Input) -> None:
    check_task(Brightness, made[1], given=given, request={"scale": 2.0})
    with Brightness.open(made[1]) as toy, pytest.raises(UsageError, match="brightness needs an image, got none"):
        toy.predict(None, Options())


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (Reloading, r"a second prediction opened \[.*record.json"),
        (Writing, r"predicting changed seen\.txt in the model directory"),
        (Guessing, "drew from torch's global generator"),
        (OfItsThread, "another thread got another answer"),
        (OfItself, "evidence comes from .*, which is asked about"),
        (WithoutLicence, "evidence says its path and licence"),
        (Renamed, "a prediction of brightness says it is of darkness"),
        (Careless, "must refuse to be asked without one"),
        (Short, r"progress ended before all was done: {'thirds': \(2, 3\)}"),
    ],
)
def test_a_broken_promise_is_named(
    made: tuple[Corpus, ModelDirectory], given: Input, broken: type[Brightness], said: str
) -> None:
    with pytest.raises(AssertionError, match=said):
        check_task(broken, made[1], given=given)


def test_a_value_without_json_form_is_refused(made: tuple[Corpus, ModelDirectory], given: Input) -> None:
    with pytest.raises(TypeError, match="got ndarray"):
        check_task(OfArrays, made[1], given=given)
