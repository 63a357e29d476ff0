"""OpenAI chat messages as JSON lines: messages of system, user and assistant, images as parts of a user's message.

An image is a path relative to the file, or its bytes as a `data:` URL; a web address is never fetched. Holds what LLaVA
JSON holds, and leaves the same behind.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Case, Provenance, Scalar
from lexiscope.core.errors import CaseError, SourceError
from lexiscope.core.progress import Progress
from lexiscope.core.turn import Turn
from lexiscope.corpus.exchange.dialogue import (
    Style,
    beside,
    beside_fault,
    draft_of_dialogue,
    stated_id,
    write_dialogues,
)
from lexiscope.corpus.exchange.entries import Entry, EntryFile
from lexiscope.corpus.exchange.faults import Fault, faults_of, turns_fault
from lexiscope.corpus.exchange.form import ExportReport, Form
from lexiscope.corpus.store import Corpus
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.sources.paths import inside

_FILE = "messages.jsonl"


@dataclass(frozen=True, slots=True)
class OpenAISource:
    """Reads lines of messages.

    Args:
        path: The JSONL file, or the directory that `export --as openai` wrote.
    """

    name: ClassVar[str] = "openai"
    path: Path

    @staticmethod
    def detect(path: Path) -> bool:
        """A directory that an export wrote."""
        return (path / _FILE).is_file()

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a line.

        Raises:
            UsageError: no such file.
        """
        file = _file(self.path)
        return (_draft(file, entry) for entry in file.begun())


def _file(path: Path) -> EntryFile:
    return EntryFile.of(path / _FILE if path.is_dir() else path)


def _draft(file: EntryFile, entry: Entry) -> Draft | Rejected:
    where = f"{file.path.name} line {entry.number}"
    fault = _fault(entry)
    if fault is not None:
        return Rejected(where, fault, "correct the line; lexiscope corpus validate lists all that are faulty")
    try:
        return _read(file, entry.number, entry.record)
    except (CaseError, SourceError) as error:
        return Rejected(where, str(error), getattr(error, "remedy", "correct the line"))


def _read(file: EntryFile, number: int, record: Mapping[str, Any]) -> Draft:
    words, names = [text for _, text in _said(record["messages"])], _names(record["messages"])
    locator: dict[str, Scalar | list[float]] = {"file": file.path.name, "line": number}
    return draft_of_dialogue(
        record,
        number=number,
        exchanges=zip(words[::2], words[1::2], strict=True),
        images=[_image(file.path, name) for name in names],
        provenance=Provenance("openai", locator=locator, steps=(*file.encoding.guessed, *_steps(record, names))),
    )


def _steps(record: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    if any(message["role"] == "system" for message in record["messages"]):
        yield "what the system says was left out"
    if any("\\" in name and not name.startswith("data:") for name in names):
        yield "\\ in names of images was read as /"


def _said(messages: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Role and words, without what the system says."""
    return [(message["role"], _words(message["content"])) for message in messages if message["role"] != "system"]


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content.strip()
    return "\n".join(part["text"] for part in content if part["type"] == "text").strip()


def _names(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    parts = [part for message in messages if isinstance(message["content"], list) for part in message["content"]]
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


def _image(file: Path, name: str) -> ImageFile:
    if "://" in name:
        msg = f"{name:.80} lies on the web, and an import fetches nothing"
        raise SourceError(msg, remedy="download it beside the file and name it relative to it")
    if not name.startswith("data:"):
        return ImageFile(inside(file.parent, name))
    kind, _, data = name.partition(",")
    if not kind.startswith("data:image/") or not kind.endswith(";base64"):
        raise SourceError(f"expected data:image/...;base64, got {kind:.60}", remedy="write the image's bytes in base64")
    try:
        decoded = base64.b64decode(data, validate=True)
    except ValueError as error:  # base64's own errors, and letters that are none of it
        raise SourceError(f"the image's base64 is damaged: {error}", remedy="write it again") from error
    return ImageFile(Encoded(decoded, "." + kind.removeprefix("data:image/").removesuffix(";base64")))


def _entry(case: Case, exchanges: Sequence[Turn], names: list[str]) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    for turn in exchanges:
        messages += [{"role": "user", "content": turn.question}, {"role": "assistant", "content": turn.answer}]
    shown = [{"type": "image_url", "image_url": {"url": name}} for name in names]
    if shown:
        messages[0]["content"] = [*shown, {"type": "text", "text": exchanges[0].question}]
    return {"id": case.id, "messages": messages, **beside(case, exchanges)}


def _faults(path: Path) -> Iterator[Fault | None]:
    """For each line its first fault, or None."""
    file = _file(path)
    return faults_of((stated_id(entry.record), _draft(file, entry)) for entry in file.begun())


def _fault(entry: Entry) -> str | None:
    """First fault of what a line says, its images apart."""
    if entry.broken:
        return f"expected JSON: {entry.broken}"
    record = entry.record
    messages = record.get("messages") if isinstance(record, dict) else None
    if not isinstance(messages, list):
        return f"expected an object with messages of role and content, got {record!r:.60}"
    why = next(filter(None, map(_message_fault, messages)), None)
    return why or turns_fault(_said(messages)) or beside_fault(record, images=len(_names(messages)))


def _message_fault(message: Any) -> str | None:
    """Fault of the form of a message, or None."""
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        return f"expected an object with messages of role and content, got {message!r:.60}"
    content = message.get("content")
    if isinstance(content, str):
        return None
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        return f"content must be text or a list of parts, got {content!r:.60}"
    return next(filter(None, map(_part_fault, content)), None)


def _part_fault(part: Mapping[str, Any]) -> str | None:
    """Fault of a part of a message, or None."""
    kind = part.get("type")
    if kind == "text":
        return None if isinstance(part.get("text"), str) else f"text of a part must be text, got {part!r:.60}"
    if kind == "image_url":
        place = part.get("image_url")
        fits = isinstance(place, dict) and isinstance(place.get("url"), str)
        return None if fits else f"image_url of a part must hold a url, got {part!r:.60}"
    return f"a part of a message must be text or image_url, got {kind!r:.40}"


_STYLE = Style(_FILE, "", "\n", "\n", _entry)


def _write(corpus: Corpus, out: Path, progress: Progress | None) -> ExportReport:
    return write_dialogues(corpus, out, progress, style=_STYLE)


OPENAI = Form(_write, OpenAISource, _faults)
