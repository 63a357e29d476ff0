"""`instruction_history`: every instruction that cases ever had: who wrote it, when, and which of them are in force.

What a writer writes, a sheet and a column of a person included, is noted in `instruction-history.jsonl` before the rows
have it; what a person corrected in a case lies in `corrections/`. Neither is ever changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.passage import Passage
from lexiscope.corpus.corrections.caption import CorrectedCaption
from lexiscope.corpus.corrections.correction import HUMAN, Correction
from lexiscope.corpus.store import Corpus
from lexiscope.language.keyed_lines import KeyedLines, read_lines

FILE = "instruction-history.jsonl"


@dataclass(frozen=True, slots=True)
class InstructionVersion:
    """One instruction as a case has it or had it.

    Args:
        case: Id of the case.
        structure: Name of the structure.
        text: The sentences; empty where the writer took back what it had written.
        author: Who wrote it: the name of a writer, or "human".
        modalities: Modalities whose images it was written from.
        time: Since when the case has it, ISO 8601 in UTC; None for one that is older than the history.
        version: Hash of the writer's rules, words and language model; None where it has none, as a person.
        correction: Number of the correction that it was saved as; None where it was not corrected in a case.
        instead_of: Text that the correction took the place of.
        by: Name of the person who corrected it, where it was given.
        in_force: Whether the case has it now. Of several authors, a person's is asked first.
    """

    case: str
    structure: str
    text: str
    author: str
    modalities: tuple[str, ...] = ()
    time: str | None = None
    version: str | None = None
    correction: int | None = None
    instead_of: str | None = None
    by: str | None = None
    in_force: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


class InstructionHistory:
    """Notes what a writer writes, but not twice in a row: after a crash or a rebuild it writes the same again.

    Args:
        corpus: Corpus that is written about.
        author: Name of the writer.
        version: Hash of all that it depends on; None where it has none.
    """

    def __init__(self, corpus: Corpus, author: str, version: str | None) -> None:
        self._lines = KeyedLines(corpus.path, FILE)
        self._author, self._version = author, version
        self._waiting: list[tuple[str, dict[str, Any]]] = []
        self._corrected = corrected_texts(corpus)

    def note(self, case: str, structure: str, before: Sequence[Passage], now: Sequence[Passage]) -> None:
        """Note that the instructions of the writer about a structure of a case change; see `save`.

        Args:
            case: Id of the case.
            structure: Name of the structure.
            before: Those that the case has.
            now: Those that it gets.
        """
        old, new = _written(one for one in before if (case, one.text) not in self._corrected), _written(now)
        if old == new:
            return
        key = "\n".join((case, structure, self._author))
        last = self._lines.get(key)
        about = {"case": case, "structure": structure, "author": self._author}
        if old and last is None:
            self._waiting.append((key, {**about, "version": None, "time": None, "written": old}))
        if last is None or last["written"] != new:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            self._waiting.append((key, {**about, "version": self._version, "time": at, "written": new}))

    def save(self) -> None:
        """Write what was noted; it is on the disk when this returns."""
        self._lines.add_all(self._waiting)
        self._waiting.clear()


def corrected_texts(corpus: Corpus) -> set[tuple[str, str]]:
    """(case, text) of everything that a person corrected in a case, which a writer never takes back.

    Raises:
        CorpusError: a correction is damaged.
    """
    every = corpus.ledger.corrections()
    return {(one.case, one.value.text) for one in every if isinstance(one.value, CorrectedCaption)}


def instruction_history(corpus: Corpus, *, split: str | None = None) -> Iterator[InstructionVersion]:
    """Every instruction that the cases of a corpus ever had, case by case, the oldest first.

    Args:
        corpus: The corpus.
        split: Only the cases of this split.

    Raises:
        CorpusError: a correction is damaged.
    """
    noted: dict[str, list[InstructionVersion]] = {}
    for record in read_lines(corpus.path, FILE):
        noted.setdefault(record["case"], []).extend(_noted(record))
    corrections = corpus.ledger.by_case()
    for case in corpus.cases(split):
        yield from _of_case(case, [*noted.get(case.id, []), *_corrected(corrections.get(case.id, ()))])


def case_instruction_history(corpus: Corpus, case: Case) -> list[InstructionVersion]:
    """Every instruction that one case of a corpus ever had, the oldest first.

    Args:
        corpus: The corpus.
        case: The case as the corpus has it now.

    Raises:
        CorpusError: a correction is damaged.
    """
    records = (one for one in read_lines(corpus.path, FILE, saying=case.id) if one["case"] == case.id)
    noted = [version for record in records for version in _noted(record)]
    return list(_of_case(case, [*noted, *_corrected(corpus.ledger.corrections(case.id))]))


def _of_case(case: Case, told: Sequence[InstructionVersion]) -> Iterator[InstructionVersion]:
    """Versions of one case; those that it has now are in force, noted or not."""
    now = [_of_passage(case.id, asdict(text)) for text in case.texts if text.kind == "instruction"]
    dated = sorted((one for one in told if one.time), key=lambda one: str(one.time))
    newest = {_identity(one): number for number, one in enumerate(dated)}
    undated = {_identity(one): one for one in (*told, *now) if not one.time and _identity(one) not in newest}
    there = {_identity(one) for one in now}
    for one in undated.values():
        yield replace(one, in_force=_identity(one) in there)
    for number, one in enumerate(dated):
        yield replace(one, in_force=_identity(one) in there and newest[_identity(one)] == number)


def _identity(one: InstructionVersion) -> tuple[str, str, str, tuple[str, ...]]:
    return one.structure, one.author, one.text, one.modalities


def _of_passage(case: str, passage: Mapping[str, Any]) -> InstructionVersion:
    modalities = tuple(passage["modalities"])
    return InstructionVersion(case, passage["column"] or "", passage["text"], passage["author"], modalities)


def _noted(record: Mapping[str, Any]) -> Iterator[InstructionVersion]:
    about = {name: record[name] for name in ("case", "structure", "author", "time", "version")}
    for one in record["written"] or [{"text": "", "modalities": []}]:
        yield InstructionVersion(text=one["text"], modalities=tuple(one["modalities"]), **about)


def _corrected(corrections: Iterable[Correction]) -> Iterator[InstructionVersion]:
    """What a person made of instructions of a case, each behind what it took the place of."""
    for one in corrections:
        if not isinstance(one.value, CorrectedCaption):
            continue
        for passage in one.before or ():
            if passage["kind"] == "instruction":
                old = _of_passage(one.case, passage)
                yield old
                new = replace(old, text=one.value.text, author=HUMAN, instead_of=old.text)
                yield replace(new, time=one.time, by=one.by, correction=one.number)


def _written(passages: Iterable[Passage]) -> list[dict[str, Any]]:
    return [{"text": one.text, "modalities": list(one.modalities)} for one in passages]
