"""Common part of the formats of conversations: a case as questions and answers over copied images, and back."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import CaseError, UsageError
from lexiscope.core.files import new_directory, publishing, write_beside
from lexiscope.core.passage import Passage
from lexiscope.core.progress import Progress
from lexiscope.core.storable import check_name
from lexiscope.core.turn import TURN_KINDS, TURN_LEVELS, Turn
from lexiscope.corpus.exchange.form import ExportReport, safe_name, suffix_of
from lexiscope.corpus.store import Corpus
from lexiscope.corpus.wording import DESCRIBING
from lexiscope.sources.draft import Draft, ImageFile

DESCRIBE = "Describe this image."


@dataclass(frozen=True, slots=True)
class Style:
    """Layout of the file that a format writes.

    Args:
        file: Name of the file in a directory; a lone file has its suffix.
        opening: Text before the first entry.
        between: Text between two entries.
        closing: Text after the last entry.
        entry: (case, exchanges, names of its images) -> the entry.
    """

    file: str
    opening: str
    between: str
    closing: str
    entry: Callable[[Case, Sequence[Turn], list[str]], dict[str, Any]]


def write_dialogues(corpus: Corpus, out: Path, progress: Progress | None, *, style: Style) -> ExportReport:
    """Write every case that has an image and something to say about it.

    `out` is a directory with the file and `images/`; or, with the suffix of the file, the file itself, its images
    beside it in `<name>_images/`.

    Raises:
        UsageError: the folder of images is there already.
    """
    left_out: Counter[str] = Counter()
    left_behind: Counter[str] = Counter()
    written = 0
    with _place(out, style.file) as (file, images, prefix), file.open("w", encoding="utf-8") as stream:
        stream.write(style.opening)
        for case in corpus:
            exchanges = exchanges_of(case)
            if not exchanges or not case.images:
                left_out["without an image" if exchanges else "without a describing text or a turn"] += 1
                continue
            entry = style.entry(case, exchanges, _copy_images(corpus, case, images, prefix))
            stream.write((style.between if written else "") + json.dumps(entry, ensure_ascii=False))
            written += 1
            texts = len(case.texts) - sum(turn.question == DESCRIBE for turn in exchanges[:1])
            left_behind.update(texts=max(0, texts), masks=len(case.masks), attributes=len(case.attributes))
            if progress is not None:
                progress(written, len(corpus), "cases")
        stream.write(style.closing)
    return ExportReport.of(written, left_out, left_behind)


def exchanges_of(case: Case) -> list[Turn]:
    """The first describing text as the answer to `DESCRIBE`, then the turns.

    Example:
        >>> texts, turns = (Passage("caption", "A pore."),), (Turn("Open?", "yes"),)
        >>> case = Case("a", "g", Provenance("table"), texts=texts, turns=turns)
        >>> [(turn.question, turn.answer) for turn in exchanges_of(case)]
        [('Describe this image.', 'A pore.'), ('Open?', 'yes')]
    """
    text = next((passage.text for passage in case.texts if passage.kind in DESCRIBING), None)
    return [*([Turn(DESCRIBE, text)] if text else []), *case.turns]


def beside(case: Case, exchanges: Iterable[Turn]) -> dict[str, Any]:
    """Fields that these formats lack, under names that other programs pass over."""
    split = {} if case.split is None else {"split": case.split}
    return {
        "group": case.group,
        **split,
        "licence": case.provenance.licence,
        "modalities": list(case.images),
        "turns": [_beside_turn(turn) for turn in exchanges],
    }


def _beside_turn(turn: Turn) -> dict[str, str]:
    topic = {} if turn.topic is None else {"topic": turn.topic}
    return {"kind": turn.kind, "level": turn.level, "author": turn.author, **topic}


def draft_of_dialogue(
    record: Mapping[str, Any],
    *,
    number: int,
    exchanges: Iterable[tuple[str, str]],
    images: Sequence[ImageFile],
    provenance: Provenance,
) -> Draft:
    """The draft of an entry without fault: answers to `DESCRIBE`, or to no question, become captions, the rest turns.

    Args:
        record: The entry; `beside_fault` found none in it.
        number: Number of the entry, which names a case without an id.
        exchanges: Question and answer of every turn.
        images: Images of the entry, in its order.
        provenance: Provenance of the case, its licence apart.

    Raises:
        CaseError: a question or an answer is empty.
    """
    texts, turns = [], []
    known = record.get("turns") or ()
    case_id = named(record, "id", default=str(number))
    for place, (question, answer) in enumerate(exchanges):
        if not question or question == DESCRIBE:
            texts.append(Passage("caption", answer))
        else:
            turns.append(_turn(question, answer, known[place] if place < len(known) else {}))
    modalities = record.get("modalities") or modality_names(len(images))
    return Draft(
        id=case_id,
        group=named(record, "group", default=case_id),
        provenance=replace(provenance, licence=named(record, "licence", default="unknown")),
        images=dict(zip(modalities, images, strict=False)),
        texts=tuple(texts),
        turns=tuple(turns),
        split=named(record, "split", default="") or None,
        needs_every_image=True,  # turns that speak of several cannot do without one
    )


def stated_id(record: Any) -> str:
    """The id that an entry of any kind states; empty where it states none.

    Example:
        >>> stated_id({"id": 7}), stated_id("nonsense")
        ('7', '')
    """
    return named(record, "id", default="") if isinstance(record, dict) else ""


def named(record: Mapping[str, Any], field: str, *, default: str) -> str:
    """A name that an entry gives: text, or a number as text; the default where it gives none.

    Example:
        >>> named({"id": 7}, "id", default="0"), named({"id": None}, "id", default="0")
        ('7', '0')
    """
    value = record.get(field)
    return default if value is None or value == "" else str(value)


def beside_fault(record: Mapping[str, Any], *, images: int) -> str | None:
    """Fault of what an entry says beside its turns, or None.

    Args:
        record: The entry.
        images: Number of its images.

    Example:
        >>> beside_fault({"id": 7, "split": "val"}, images=1)
        >>> beside_fault({"group": ["a"]}, images=1)
        "group must be text or a number, got ['a']"
    """
    for field in ("id", "group", "licence", "split"):
        value = record.get(field)
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            return f"{field} must be text or a number, got {value!r:.60}"
        try:
            check_name(field, named(record, field, default=""))
        except CaseError as error:
            return str(error)
    return _modalities_fault(record.get("modalities"), images) or _turns_fault(record.get("turns"))


def _modalities_fault(modalities: Any, images: int) -> str | None:
    if not modalities and not isinstance(modalities, int | float):
        return None
    expected = f"modalities must be {images} different names, one for each image"
    if not isinstance(modalities, list) or not all(isinstance(name, str) and name.strip() for name in modalities):
        return f"{expected}, got {modalities!r:.60}"
    return None if len(set(modalities)) == len(modalities) == images else f"{expected}, got {modalities!r:.60}"


def _turns_fault(turns: Any) -> str | None:
    if turns is None or (isinstance(turns, list) and all(isinstance(turn, dict) for turn in turns)):
        return None
    return f"turns must be a list of objects with kind, level, author and topic, got {turns!r:.60}"


def modality_names(count: int) -> list[str]:
    """Names for images that came without.

    Example:
        >>> modality_names(1), modality_names(2)
        (['image'], ['image1', 'image2'])
    """
    return ["image"] if count == 1 else [f"image{number}" for number in range(1, count + 1)]


def _turn(question: str, answer: str, known: Mapping[str, Any]) -> Turn:
    author, topic = (value.strip() if isinstance(value := known.get(name), str) else "" for name in ("author", "topic"))
    turn = Turn(question, answer, author=author or "human", topic=topic or None)
    kind, level = known.get("kind"), known.get("level")
    turn = replace(turn, kind=kind) if kind in TURN_KINDS else turn
    return replace(turn, level=level) if level in TURN_LEVELS else turn


@contextmanager
def _place(out: Path, file: str) -> Iterator[tuple[Path, Path, str]]:
    """The file to write, the folder of its images and how the file names that folder; whole or absent at the end."""
    if out.suffix != Path(file).suffix:
        with new_directory(out) as folder:
            (folder / "images").mkdir()
            yield folder / file, folder / "images", "images"
        return
    images = out.with_name(f"{out.stem}_images")
    if images.exists():
        raise UsageError(
            f"{images} exists already, and the images would go there; name a new place, or remove it first"
        )
    with publishing(out), write_beside(out) as part, new_directory(images) as folder:  # the file comes last
        yield part, folder, images.name


def _copy_images(corpus: Corpus, case: Case, folder: Path, prefix: str) -> list[str]:
    names = []
    for modality, image in case.images.items():
        path = corpus.checked_path(image)
        name = f"{safe_name(case.id)}.{safe_name(modality)}{suffix_of(path)}"
        shutil.copyfile(path, folder / name)
        names.append(f"{prefix}/{name}")
    return names
