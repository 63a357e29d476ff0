"""LLaVA conversation JSON (https://github.com/haotian-liu/LLaVA): id, image or images, and turns of human and gpt.

Holds images, questions and answers, one describing text (as the answer to `DESCRIBE`), group, split and licence.
Further texts, masks, attributes and the evidence of turns are not part of the format and stay behind.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import CaseError, SourceError, UsageError
from lexiscope.core.progress import Progress
from lexiscope.core.turn import Turn
from lexiscope.corpus.exchange.dialogue import DESCRIBE, Style, beside, draft_of_dialogue, write_dialogues
from lexiscope.corpus.exchange.faults import Fault, image_fault, repeated_ids, turns_fault
from lexiscope.corpus.exchange.form import ExportReport, Form
from lexiscope.corpus.store import Corpus
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.paths import inside

__all__ = ["DESCRIBE", "LLAVA", "LlavaSource"]

_PLACE = "<image>"
_FILE = "conversations.json"
_HUMAN, _MODEL = ("human", "user"), ("gpt", "assistant")


@dataclass(frozen=True, slots=True)
class LlavaSource:
    """Reads conversations; image paths are relative to the JSON file's folder.

    Args:
        path: The JSON file, or the directory that `export --as llava` wrote.
    """

    name: ClassVar[str] = "llava"
    path: Path

    @staticmethod
    def detect(path: Path) -> bool:
        """A JSON file, or a directory that an export wrote."""
        return path.suffix == ".json" if path.is_file() else (path / _FILE).is_file()

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft an entry.

        Raises:
            UsageError: no JSON file, or one that holds no list.
        """
        file, entries = _entries(self.path)
        return (_draft(file, number, entry) for number, entry in enumerate(entries))


def _entries(path: Path) -> tuple[Path, list[Any]]:
    file = path / _FILE if path.is_dir() else path
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"expected a JSON list of conversations at {file}: {error}") from error
    if not isinstance(entries, list):
        raise UsageError(f"expected a JSON list of conversations at {file}, got {type(entries).__name__}")
    return file, entries


def _draft(file: Path, number: int, entry: Any) -> Draft | Rejected:
    try:
        return _read(file, number, entry)
    except (CaseError, SourceError) as error:
        return Rejected(f"{file.name} entry {number}", str(error), getattr(error, "remedy", "correct the entry"))
    except (KeyError, TypeError, AttributeError) as error:
        why = f"expected id, image and conversations of from and value: {type(error).__name__} {error}"
        return Rejected(f"{file.name} entry {number}", why, "correct the entry")


def _read(file: Path, number: int, entry: Mapping[str, Any]) -> Draft:
    return draft_of_dialogue(
        entry,
        case_id=str(entry.get("id", number)),
        exchanges=_exchanges(entry["conversations"]),
        images=[ImageFile(inside(file.parent, name)) for name in _names(entry)],
        provenance=Provenance("llava", str(entry.get("licence", "unknown")), {"file": file.name, "entry": number}),
    )


def _names(entry: Mapping[str, Any]) -> list[str]:
    named = entry.get("image") or []
    return [named] if isinstance(named, str) else list(named)


def _exchanges(conversation: list[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    words = [str(part["value"]).replace(_PLACE, "").strip() for part in conversation]
    speakers = ["human" if part["from"] in _HUMAN else "gpt" for part in conversation]
    for turn in range(len(words) - 1):
        if (speakers[turn], speakers[turn + 1]) == ("human", "gpt"):
            yield words[turn], words[turn + 1]


def _entry(case: Case, exchanges: Sequence[Turn], names: list[str]) -> dict[str, Any]:
    parts = [
        part
        for turn in exchanges
        for part in ({"from": "human", "value": turn.question}, {"from": "gpt", "value": turn.answer})
    ]
    parts[0]["value"] = f"{_PLACE}\n" * len(names) + parts[0]["value"]
    images: dict[str, Any] = {} if not names else {"image": names[0] if len(names) == 1 else names}
    return {"id": case.id, **images, "conversations": parts, **beside(case, exchanges)}


def _faults(path: Path) -> Iterator[Fault | None]:
    """For each entry its first fault, or None."""
    file, entries = _entries(path)
    repeated = repeated_ids(entry.get("id") if isinstance(entry, dict) else None for entry in entries)
    for number, entry in enumerate(entries):
        name = entry.get("id") if isinstance(entry, dict) else None
        why = "the id is there already" if number in repeated else _fault(file, entry)
        yield Fault(number, None if name is None else str(name), why) if why else None


def _fault(file: Path, entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return f"expected an object with id, image and conversations, got {type(entry).__name__}"
    image: Any = entry.get("image", [])
    parts: Any = entry.get("conversations")
    names = [image] if isinstance(image, str) else image
    if not _is_list_of(str, names):
        return f"image must be a path or a list of paths, got {image!r:.60}"
    if not _is_list_of(dict, parts):
        return f"conversations must be a list of objects with from and value, got {parts!r:.60}"
    why = turns_fault([(_role(part.get("from")), part.get("value")) for part in parts])
    return (
        why or _places_fault(parts, len(names)) or next(filter(None, (image_fault(file, name) for name in names)), None)
    )


def _is_list_of(kind: type, values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)


def _role(speaker: Any) -> str:
    return "user" if speaker in _HUMAN else "assistant" if speaker in _MODEL else str(speaker)


def _places_fault(parts: Sequence[Mapping[str, Any]], images: int) -> str | None:
    counts = [str(part["value"]).count(_PLACE) for part in parts]
    if sum(counts[1:]):
        turn = next(number for number, count in enumerate(counts) if number and count)
        return f"{_PLACE} stands in turn {turn}; move it to the first"
    if counts[0] != images:
        return f"{counts[0]} {_PLACE} in the first turn for {images} images; write one for each"
    return None


_STYLE = Style(_FILE, "[\n", ",\n", "\n]\n", _entry)


def _write(corpus: Corpus, out: Path, progress: Progress | None) -> ExportReport:
    return write_dialogues(corpus, out, progress, style=_STYLE)


LLAVA = Form(_write, LlavaSource, _faults)
