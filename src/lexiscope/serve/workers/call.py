"""`Call`: what a worker is asked; `Opening`: what it holds open. Both travel as lines of JSON, never as pickles."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

Work = Literal["predict", "interpret"]


@dataclass(frozen=True, slots=True)
class Given:
    """What a task looks at.

    Args:
        case: Id of a case of the served corpus; None for files.
        path: An image file, a folder of images or DICOM files that were uploaded; None for a case.
        modality: What an uploaded image shows, where the model reads several modalities.
        without: Modalities of which it is looked at as if it had no image.
    """

    case: str | None = None
    path: str | None = None
    modality: str | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a worker.

    Args:
        work: "predict" with a task, or "interpret".
        task: Name of the task in `lexiscope.tasks.TASKS`; empty for "interpret".
        settings: How the task is opened, or how is interpreted, as plain JSON.
        request: What is asked, as plain JSON.
        given: What the task looks at; None where it reads no image.
    """

    work: Work
    task: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)
    given: Given | None = None

    @property
    def key(self) -> str:
        """Text that equal calls share.

        Example:
            >>> Call("predict", "search", request={"query": "a", "k": 3}).key == Call(
            ...     "predict", "search", request={"k": 3, "query": "a"}
            ... ).key
            True
        """
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def is_long(self) -> bool:
        """True for work of minutes, which must not stand in the way of questions."""
        return self.work == "interpret"

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The inverse of `dataclasses.asdict`."""
        given = record.get("given")
        read = None if given is None else Given(**{**given, "without": tuple(given["without"])})
        return cls(**{**record, "given": read})


@dataclass(frozen=True, slots=True)
class Opening:
    """What a worker holds open.

    Args:
        model: Model directory.
        corpus: Corpus that cases are looked up in; None when only uploads are asked about.
        warm: Open the tasks before the first call, so that nobody waits for them.
        index_url: Qdrant server that was named when indexing; None for the index inside the model directory.
        calm: Compute with the lowest priority.
    """

    model: Path
    corpus: Path | None
    warm: bool = True
    index_url: str | None = None
    calm: bool = False

    def to_json(self) -> str:
        """One line."""
        return json.dumps(
            {
                "model": str(self.model),
                "corpus": None if self.corpus is None else str(self.corpus),
                "warm": self.warm,
                "index_url": self.index_url,
                "calm": self.calm,
            }
        )

    @classmethod
    def of_json(cls, line: str) -> Self:
        """The inverse of `to_json`."""
        read = json.loads(line)
        corpus = None if read["corpus"] is None else Path(read["corpus"])
        return cls(Path(read["model"]), corpus, read["warm"], read["index_url"], read["calm"])
