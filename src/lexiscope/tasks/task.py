"""`Task`: what predicts. Opened once, asked many times; the command line, a server and evaluations run over it."""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Never, Protocol, Self, TypeAlias, TypeVar

from lexiscope.core.errors import LexiscopeError, UsageError
from lexiscope.core.prediction import Prediction
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Settings

if TYPE_CHECKING:  # a task names its options without loading torch
    from pathlib import Path

    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.tasks.inputs import Input

SettingsClass: TypeAlias = type[Settings]
SettingsT = TypeVar("SettingsT", bound=Settings, contravariant=True)
RequestT = TypeVar("RequestT", bound=Settings, contravariant=True)


class Task(Protocol[SettingsT, RequestT]):
    """One kind of prediction, held open: everything it needs is loaded or fitted once, by `open`.

    A task is safe to hold open in a server: calls of `predict` may come from several threads (one at a time goes on),
    nothing global is changed, and nothing is written into the model directory, but for the books that the embedded
    search engine keeps of its own. Its module imports no torch, so that options can be listed quickly; what is heavy
    comes in with `open`. The first line of the class's docstring is the verb's help on the command line.

    Attributes:
        name: Its name in `lexiscope.tasks.TASKS`, which every prediction carries.
        verb: Its name on the command line and in the API, where that is another word.
        part: The part of the model directory that it needs.
        Settings: How it is opened: where evidence comes from, which attribute is predicted, which server is searched.
        Request: What is asked beside the input: a question, the number of hits, conditions.
        reads_image: Whether `predict` takes an input: an image file, a folder, a DICOM study or a case.
    """

    name: ClassVar[str]
    verb: ClassVar[str] = ""
    part: ClassVar[str]
    Settings: ClassVar[SettingsClass]
    Request: ClassVar[SettingsClass]
    reads_image: ClassVar[bool]

    @classmethod
    def read(
        cls,
        model: "ModelDirectory | Path | str",
        image: "Path | str",
        *,
        corpus: "Corpus | Path | str | None" = None,
        modality: str | None = None,
    ) -> "Input":
        """Read an input as the task looks at it: prepared by the views of its part, unless the task says otherwise.

        Args:
            model: The model that the task is opened with.
            image: An image file; a folder with one image file for each modality, named after it; DICOM files of one
                study; or, with `corpus`, the id of a case.
            corpus: Corpus that holds the case.
            modality: What an image file or a DICOM series shows, when the model reads several modalities.

        Raises:
            UsageError: an input that fits no modality.
            SourceError: an image file that cannot be read.
            CorpusError: no such case.
        """
        from lexiscope.models.directory import ModelDirectory
        from lexiscope.models.parts import find_part
        from lexiscope.tasks.inputs import read_input

        views = ModelDirectory.of(model).views(find_part(cls.part).built_on or cls.part)
        return read_input(image, views=views, corpus=corpus, modality=modality)

    @classmethod
    def open(
        cls,
        model: "ModelDirectory | Path | str",
        settings: SettingsT | None = None,
        *,
        progress: Progress | None = None,
    ) -> Self:
        """Load everything that predictions need.

        Args:
            settings: The class's own defaults when None.

        Raises:
            ModelError: the model lacks the part, or what it was trained on is gone; the message holds the command.
            UsageError: settings that make no sense for this model.
        """
        ...

    def predict(self, given: "Input | None", request: RequestT, *, progress: Progress | None = None) -> Prediction:
        """One prediction.

        Args:
            given: What `read` gives; None for a task that reads no image.
            request: A question, a number of hits, conditions: the task's own `Request`.
            progress: Called with what is done, by a task whose work falls into parts of like length. What it raises
                ends the work.

        Raises:
            UsageError: a request that makes no sense.
        """
        ...

    def predict_all(self, requests: Sequence[RequestT]) -> "list[Prediction | LexiscopeError]":
        """Predictions of several requests that read no input, each with its own error where one makes no sense.

        A task that can share work between requests does; this one asks them one after another.
        """
        return [self._predicted(request) for request in requests]

    def _predicted(self, request: RequestT) -> "Prediction | LexiscopeError":
        try:
            return self.predict(None, request)
        except LexiscopeError as error:
            return error

    def close(self) -> None:
        """Let go of files and servers."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def require_input(given: "Input | None", task: "Task[Never, Never]") -> "Input":
    """The input of a task that reads images.

    Raises:
        UsageError: there is none.
    """
    if given is None:
        raise UsageError(f"{task.name} needs an image, got none; point it at a file, a folder or a case of a corpus")
    return given
