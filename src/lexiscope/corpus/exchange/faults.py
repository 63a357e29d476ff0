"""Faults of a file of conversations, row by row, before anything is trained on it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.errors import UsageError
from lexiscope.corpus import EXCHANGE
from lexiscope.corpus.ingest import ingest
from lexiscope.corpus.known_ids import KnownIds, known_ids
from lexiscope.corpus.storable_item import storable
from lexiscope.sources.draft import Draft, Rejected

_FOREIGN = re.compile(
    r"<\|?(?:img|video|audio|image[_ -]?\d+|image_?placeholder|imagehere|img_context|vision_start|image_pad)\|?>"
    r"|<\|image\|>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that cannot be used.

    Args:
        row: Number of the row, from 0.
        id: Id that the row states; None when it states none.
        reason: Reason in words: what was expected and what came.
    """

    row: int
    id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Rows of a checked file, and those with a fault."""

    rows: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """True when there are rows and all can be used."""
        return self.rows > 0 and not self.faults


def validate_file(path: Path | str, *, form: str) -> FileCheck:
    """Check a file of conversations as an import does: its form, its turns, and every image, which is decoded.

    Args:
        form: "llava" or "openai".

    Raises:
        UsageError: unknown format, one that is not checked row by row, or no file of this format.
    """
    chosen = EXCHANGE.load(form)
    if chosen.faults is None:
        able = ", ".join(name for name in EXCHANGE if EXCHANGE.load(name).faults is not None)
        raise UsageError(f"{form} is not checked row by row; these are: {able}. Importing names what it cannot read")
    faults = list(chosen.faults(Path(path)))
    return FileCheck(len(faults), tuple(fault for fault in faults if fault is not None))


def faults_of(rows: Iterable[tuple[str, Draft | Rejected]]) -> Iterator[Fault | None]:
    """For each row the first reason why an import refuses it or one of its images, or None.

    Args:
        rows: Id that a row states, empty where it states none, and what an import makes of it.
    """
    with known_ids() as seen:
        for number, (name, item) in enumerate(rows):
            why = _refusal(storable(item), seen)
            yield Fault(number, name or None, why) if why else None


def _refusal(item: Draft | Rejected, seen: KnownIds) -> str | None:
    if isinstance(item, Rejected):
        return item.reason
    if not seen.is_new(item.id):
        return f"the id {item.id!r:.80} is there already"
    refused = ingest(item, corpus=None, known={}).rejected
    return refused[0].reason if refused else None


def turns_fault(turns: Sequence[tuple[str, Any]]) -> str | None:
    """Fault of turns of (role, words), or None: user and assistant speak in turn, and the last word is an answer.

    Example:
        >>> turns_fault([("user", "Glass?"), ("assistant", "yes")])
        >>> turns_fault([("user", "Glass?")])
        'the last turn must be an answer, got a question'
    """
    if not turns:
        return "expected at least one question and one answer, got none"
    for number, (role, words) in enumerate(turns):
        expected = "assistant" if number % 2 else "user"
        if role != expected:
            return f"turn {number} must be said by the {expected}, got {role!r}"
        if not isinstance(words, str) or not words.replace("<image>", "").strip():
            return f"turn {number} must have words, got {words!r:.40}"
        if (sign := _FOREIGN.search(words)) is not None:
            return f"turn {number} holds {sign[0]!r}, an image of another program; name images beside the turns"
    return "the last turn must be an answer, got a question" if len(turns) % 2 else None
