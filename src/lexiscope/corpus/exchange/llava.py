"""LLaVA conversation JSON (https://github.com/haotian-liu/LLaVA): id, image or images, and turns of human and gpt.

Holds images, questions and answers, one describing text (as the answer to `DESCRIBE`), group, split and licence.
Further texts, masks, attributes and the kinds of turns are not part of the format and stay behind.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import CaseError, SourceError, UsageError
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Turn
from lexiscope.corpus.build import Progress
from lexiscope.corpus.exchange.form import ExportReport, Form, new_directory, safe_name, suffix_of
from lexiscope.corpus.store import Corpus
from lexiscope.corpus.wording import DESCRIBING
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.paths import inside

DESCRIBE = "Describe this image."
_PLACE = "<image>"
_FILE = "conversations.json"


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
        file = self.path / _FILE if self.path.is_dir() else self.path
        try:
            entries = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise UsageError(f"expected a JSON list of conversations at {file}: {error}") from error
        if not isinstance(entries, list):
            raise UsageError(f"expected a JSON list of conversations at {file}, got {type(entries).__name__}")
        return (_draft(file, place, entry) for place, entry in enumerate(entries))


def _draft(file: Path, place: int, entry: Any) -> Draft | Rejected:
    try:
        return _read(file, place, entry)
    except (CaseError, SourceError) as error:
        return Rejected(f"{file.name} entry {place}", str(error), getattr(error, "remedy", "correct the entry"))
    except (KeyError, TypeError, AttributeError) as error:
        why = f"expected id, image and conversations of from and value: {type(error).__name__} {error}"
        return Rejected(f"{file.name} entry {place}", why, "correct the entry")


def _read(file: Path, place: int, entry: Mapping[str, Any]) -> Draft:
    named = entry.get("image") or []
    names = [named] if isinstance(named, str) else list(named)
    modalities = entry.get("modalities") or _modalities(len(names))
    texts, turns = [], []
    for question, answer in _exchanges(entry["conversations"]):
        if question == DESCRIBE:
            texts.append(Passage("caption", answer))
        else:
            turns.append(Turn(question, answer))
    case_id = str(entry.get("id", place))
    return Draft(
        id=case_id,
        group=str(entry.get("group", case_id)),
        provenance=Provenance("llava", str(entry.get("licence", "unknown")), {"file": file.name, "entry": place}),
        images={
            modality: ImageFile(inside(file.parent, name)) for modality, name in zip(modalities, names, strict=False)
        },
        texts=tuple(texts),
        turns=tuple(turns),
        split=entry.get("split"),
    )


def _exchanges(conversation: list[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    words = [str(part["value"]).replace(_PLACE, "").strip() for part in conversation]
    speakers = ["human" if part["from"] in ("human", "user") else "gpt" for part in conversation]
    for place in range(len(words) - 1):
        if (speakers[place], speakers[place + 1]) == ("human", "gpt"):
            yield words[place] or DESCRIBE, words[place + 1]


def _modalities(count: int) -> list[str]:
    return ["image"] if count == 1 else [f"image{place}" for place in range(1, count + 1)]


def _write(corpus: Corpus, out: Path, progress: Progress | None) -> ExportReport:
    left_out: Counter[str] = Counter()
    left_behind: Counter[str] = Counter()
    written = 0
    with new_directory(out) as folder, (folder / _FILE).open("w", encoding="utf-8") as stream:
        (folder / "images").mkdir()
        for case in corpus:
            conversation = _conversation(case)
            if not conversation:
                left_out["without a describing text or a turn"] += 1
                continue
            entry = _entry(case, conversation, _copy_images(corpus, case, folder / "images"))
            stream.write(("[\n" if written == 0 else ",\n") + json.dumps(entry, ensure_ascii=False))
            written += 1
            texts = max(0, len(case.texts) - 1)
            left_behind.update(texts=texts, masks=len(case.masks), attributes=len(case.attributes))
            if progress is not None:
                progress(written, len(corpus), "cases")
        stream.write("\n]\n" if written else "[]\n")
    return ExportReport.of(written, left_out, left_behind)


def _conversation(case: Case) -> list[dict[str, str]]:
    text = next((passage.text for passage in case.texts if passage.kind in DESCRIBING), None)
    pairs = [*([(DESCRIBE, text)] if text else []), *((turn.question, turn.answer) for turn in case.turns)]
    parts = [
        part
        for question, answer in pairs
        for part in ({"from": "human", "value": question}, {"from": "gpt", "value": answer})
    ]
    if parts:
        parts[0]["value"] = f"{_PLACE}\n" * len(case.images) + parts[0]["value"]
    return parts


def _entry(case: Case, conversation: list[dict[str, str]], names: list[str]) -> dict[str, Any]:
    images: dict[str, Any] = {} if not names else {"image": names[0] if len(names) == 1 else names}
    split = {} if case.split is None else {"split": case.split}
    return {
        "id": case.id,
        **images,
        "conversations": conversation,
        "group": case.group,
        **split,
        "licence": case.provenance.licence,
        "modalities": list(case.images),
    }


def _copy_images(corpus: Corpus, case: Case, folder: Path) -> list[str]:
    names = []
    for modality, image in case.images.items():
        path = corpus.object_path(image)
        name = f"{safe_name(case.id)}.{safe_name(modality)}{suffix_of(path)}"
        shutil.copyfile(path, folder / name)
        names.append(f"images/{name}")
    return names


LLAVA = Form(_write, LlavaSource)
