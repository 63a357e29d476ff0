"""LLaVA conversation JSON (https://github.com/haotian-liu/LLaVA): id, image or images, and turns of human and gpt.

A list or JSON lines, in any encoding of Unicode. An entry that `corpus validate` refuses is rejected by an import.

Holds images, questions and answers, one describing text (as the answer to `DESCRIBE`), group, split and licence.
Further texts, masks, attributes and the evidence of turns are not part of the format and stay behind.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Case, Provenance, Scalar
from lexiscope.core.errors import CaseError, SourceError
from lexiscope.core.progress import Progress
from lexiscope.core.turn import Turn
from lexiscope.corpus.exchange.dialogue import (
    DESCRIBE,
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
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import IMAGE_SUFFIXES

__all__ = ["DESCRIBE", "LLAVA", "LlavaSource"]

_PLACE = "<image>"
_FILE = "conversations.json"
_HUMAN, _MODEL = ("human", "user"), ("gpt", "assistant")


@dataclass(frozen=True, slots=True)
class LlavaSource:
    """Reads conversations; image paths are relative to the JSON file's folder.

    Args:
        path: The JSON or JSON-lines file, or the directory that `export --as llava` wrote.
    """

    name: ClassVar[str] = "llava"
    path: Path

    @staticmethod
    def detect(path: Path) -> bool:
        """A JSON file, or a directory that an export wrote."""
        return path.suffix.lower() in (".json", ".jsonl") if path.is_file() else (path / _FILE).is_file()

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft an entry.

        Raises:
            UsageError: no JSON file, or one that holds neither a list nor objects.
        """
        file = _file(self.path)
        return (_draft(file, entry) for entry in file.begun())


def _file(path: Path) -> EntryFile:
    return EntryFile.of(path / _FILE if path.is_dir() else path)


def _draft(file: EntryFile, entry: Entry) -> Draft | Rejected:
    where = f"{file.path.name} entry {entry.number}"
    fault = _fault(entry)
    if fault is not None:
        return Rejected(where, fault, "correct the entry; lexiscope corpus validate lists all that are faulty")
    try:
        return _read(file, entry.number, entry.record)
    except (CaseError, SourceError) as error:
        return Rejected(where, str(error), getattr(error, "remedy", "correct the entry"))


def _read(file: EntryFile, number: int, entry: Mapping[str, Any]) -> Draft:
    parts, names = _parts(entry), _names(entry)
    words = [part["value"].replace(_PLACE, "").strip() for part in parts if _role(part["from"]) != "system"]
    locator: dict[str, Scalar | list[float]] = {"file": file.path.name, "entry": number}
    return draft_of_dialogue(
        entry,
        number=number,
        exchanges=zip(words[::2], words[1::2], strict=True),
        images=[ImageFile(inside(file.path.parent, name)) for name in names],
        provenance=Provenance("llava", locator=locator, steps=(*file.encoding.guessed, *_steps(entry, names))),
    )


def _steps(entry: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    if _role(_parts(entry)[0]["from"]) == "system" or entry.get("system"):
        yield "what the system says was left out"
    if pictures := _other_pictures(entry):
        yield f"the pictures that {', '.join(pictures)} names were left out"
    if any("\\" in name for name in names):
        yield "\\ in names of images was read as /"


def _names(entry: Mapping[str, Any]) -> Any:
    """What an entry names as its images: `image`, or `images` as other programs write it."""
    named = [value for key in ("image", "images") if (value := entry.get(key)) not in (None, "", [])]
    if len(named) > 1:
        return named
    image = named[0] if named else []
    return [image] if isinstance(image, str) else image


def _parts(entry: Mapping[str, Any]) -> Any:
    """The turns of an entry as objects with from and value, also where other programs call them role and content."""
    parts = entry.get("conversations", entry.get("messages"))
    if not _is_list_of(dict, parts):
        return parts
    return [
        {"from": part.get("from", part.get("role")), "value": part.get("value", part.get("content"))} for part in parts
    ]


def _entry(case: Case, exchanges: Sequence[Turn], names: list[str]) -> dict[str, Any]:
    parts = [
        part
        for turn in exchanges
        for part in ({"from": "human", "value": _words(turn.question)}, {"from": "gpt", "value": _words(turn.answer)})
    ]
    parts[0]["value"] = f"{_PLACE}\n" * len(names) + parts[0]["value"]
    images: dict[str, Any] = {} if not names else {"image": names[0] if len(names) == 1 else names}
    return {"id": case.id, **images, "conversations": parts, **beside(case, exchanges)}


def _words(text: str) -> str:
    """A text without the token that stands for an image, which would be counted as one."""
    return text.replace(_PLACE, "image")


def _faults(path: Path) -> Iterator[Fault | None]:
    """For each entry its first fault, or None."""
    file = _file(path)
    return faults_of((stated_id(entry.record), _draft(file, entry)) for entry in file.begun())


def _fault(entry: Entry) -> str | None:
    """First fault of what an entry says, its images apart."""
    if entry.broken:
        return f"expected JSON: {entry.broken}"
    record = entry.record
    if not isinstance(record, dict):
        return f"expected an object with id, image and conversations, got {type(record).__name__}"
    return _record_fault(record)


def _record_fault(record: Mapping[str, Any]) -> str | None:
    """First fault of what an entry says, or None."""
    names, parts = _names(record), _parts(record)
    if not _is_list_of(str, names):
        return f"image must be a path or a list of paths, got {names!r:.60}"
    if not _is_list_of(dict, parts):
        return f"conversations must be a list of objects with from and value, got {parts!r:.60}"
    turns = [(_role(part["from"]), part["value"]) for part in parts]
    why = turns_fault(turns[1:] if turns and turns[0][0] == "system" else turns)
    return why or _places_fault(parts, len(names)) or beside_fault(record, images=len(names)) or _other_fault(record)


def _other_fault(record: Mapping[str, Any]) -> str | None:
    other = next((key for key in ("video", "videos", "audio", "audios") if record.get(key)), None)
    if other:
        return f"{other} is not read, and the turns may speak of it"
    pictures = [] if _names(record) else _other_pictures(record)
    return f"{pictures[0]} names a picture, and image and images are read alone; call it image" if pictures else None


def _other_pictures(record: Mapping[str, Any]) -> list[str]:
    """Keys of an entry that name files of pictures and are not read."""
    values = {key: value for key, value in record.items() if key not in ("id", "image", "images")}
    return [key for key, value in values.items() if isinstance(value, str) and value.lower().endswith(IMAGE_SUFFIXES)]


def _is_list_of(kind: type, values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)


def _role(speaker: Any) -> str:
    return "user" if speaker in _HUMAN else "assistant" if speaker in _MODEL else str(speaker)[:40]


def _places_fault(parts: Sequence[Mapping[str, Any]], images: int) -> str | None:
    counts = [part["value"].count(_PLACE) for part in parts if _role(part["from"]) != "system"]
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
