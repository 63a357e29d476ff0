"""`Looked`: what models said of cases, by model, case and question: on disk beside the corpus, or in memory alone."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lexiscope.core.errors import LexiscopeError
from lexiscope.core.files import sha256_json
from lexiscope.core.image import Image
from lexiscope.language.keyed_lines import KeyedLines
from lexiscope.serve.looks.questions import Question

FILE = "predictions.jsonl"
_logger = logging.getLogger(__name__)


class Looked:
    """Records {"task", "case", "prediction"} by key; the prediction is None where a model could not answer.

    Args:
        folder: The corpus; None keeps everything in memory.

    Example:
        >>> looked = Looked(None)
        >>> looked.add("a", {"task": "classify", "case": "visit-7", "prediction": None})
        >>> looked.find("a", task="classify", case="visit-7") is None, looked.find("b", task="classify", case="visit-7")
        (False, None)
    """

    def __init__(self, folder: Path | None) -> None:
        self._memory: dict[str, dict[str, Any]] = {}
        self._lines = None
        try:
            self._lines = None if folder is None else KeyedLines(folder, FILE)
        except OSError as error:
            self._give_up_disk(error)

    def find(self, key: str, *, task: str, case: str) -> dict[str, Any] | None:
        """The record of a key; None where there is none, or one of something else.

        Another server that writes to the same corpus may have put its line where this one believes its own.
        """
        record = self._memory.get(key) or (None if self._lines is None else self._lines.get(key))
        if record is None or (record.get("task"), record.get("case")) != (task, case):
            return None
        return record if isinstance(record.get("prediction"), dict | None) else None

    def add(self, key: str, record: dict[str, Any]) -> None:
        """Keep a record."""
        try:
            if self._lines is not None:
                self._lines.add(key, record)
                return
        except (OSError, LexiscopeError) as error:
            self._give_up_disk(error)
        self._memory[key] = record

    def _give_up_disk(self, error: Exception) -> None:
        _logger.info("what models say of cases is kept in memory alone: %s", error)
        self._lines = None


def key_of(fingerprint: str, question: Question, case: str, images: Mapping[str, Image]) -> str:
    """Key of a question to a model about a case: another one once the model or an image of the case is another.

    Args:
        fingerprint: Of the part of the model that answers.
        question: The question.
        case: Id of the case.
        images: Its images.
    """
    asked = [question.task, dict(question.settings), dict(question.request)]
    return sha256_json([fingerprint, asked, case, {name: image.content for name, image in images.items()}])
