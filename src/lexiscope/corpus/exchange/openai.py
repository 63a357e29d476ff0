"""OpenAI chat messages as JSON lines: messages of system, user and assistant, images as parts of a user's message.

An image is a path relative to the file, or its bytes as a `data:` URL; a web address is never fetched. Holds what LLaVA
JSON holds, and leaves the same behind.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import CaseError, SourceError, UsageError
from lexiscope.core.progress import Progress
from lexiscope.core.turn import Turn
from lexiscope.corpus.exchange.dialogue import Style, beside, draft_of_dialogue, write_dialogues
from lexiscope.corpus.exchange.faults import Fault, image_fault, turns_fault
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
        return (_draft(file, number, line) for number, line in _lines(file))


def _file(path: Path) -> Path:
    file = path / _FILE if path.is_dir() else path
    if not file.is_file():
        raise UsageError(f"expected a file of JSON lines with messages at {file}, found none; check the path")
    return file


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        with file.open(encoding="utf-8") as stream:
            yield from ((number, line) for number, line in enumerate(stream) if line.strip())
    except UnicodeDecodeError as error:
        raise UsageError(f"expected UTF-8 text in {file}, got {error}; save it as UTF-8") from error


def _draft(file: Path, number: int, line: str) -> Draft | Rejected:
    try:
        record = json.loads(line)
        turns = _said(record["messages"])
        return draft_of_dialogue(
            record,
            case_id=str(record.get("id", number)),
            exchanges=[(turns[at][1], turns[at + 1][1]) for at in range(len(turns) - 1) if turns[at][0] == "user"],
            images=[_image(file, name) for name in _names(record["messages"])],
            provenance=Provenance("openai", str(record.get("licence", "unknown")), {"file": file.name, "line": number}),
        )
    except (CaseError, SourceError) as error:
        return Rejected(f"{file.name} line {number}", str(error), getattr(error, "remedy", "correct the line"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = f"expected an object with messages of role and content: {type(error).__name__} {error}"
        return Rejected(f"{file.name} line {number}", why, "correct the line")


def _said(messages: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Role and words, without what the system says."""
    return [(str(part["role"]), _words(part["content"])) for part in messages if part["role"] != "system"]


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
    except binascii.Error as error:
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
    file, seen = _file(path), set()
    for number, line in _lines(file):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Fault(number, None, f"expected JSON, got {line.strip()[:40]!r}: {error}")
            continue
        name = str(record["id"]) if isinstance(record, dict) and "id" in record else None
        why = "the id is there already" if name is not None and name in seen else _fault(file, record)
        seen.add(name)
        yield Fault(number, name, why) if why else None


def _fault(file: Path, record: Any) -> str | None:
    try:
        messages = record["messages"]
        turns, names = _said(messages), _names(messages)
    except (KeyError, TypeError, AttributeError) as error:
        return f"expected an object with messages of role and content: {type(error).__name__} {error}"
    return turns_fault(turns) or next(filter(None, (_image_fault(file, name) for name in names)), None)


def _image_fault(file: Path, name: str) -> str | None:
    try:
        image = _image(file, name)
    except SourceError as error:
        return str(error)
    return None if isinstance(image.origin, Encoded) else image_fault(file, name)


_STYLE = Style(_FILE, "", "\n", "\n", _entry)


def _write(corpus: Corpus, out: Path, progress: Progress | None) -> ExportReport:
    return write_dialogues(corpus, out, progress, style=_STYLE)


OPENAI = Form(_write, OpenAISource, _faults)
