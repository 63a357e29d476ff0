"""`Human`: instructions that a person wrote, from a column of the corpus or from a sheet."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.corpus.masks import structures_of
from lexiscope.corpus.store import Corpus
from lexiscope.language.instructions.history import corrected_texts
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.sheet import SheetRow, corrected, read_sheet
from lexiscope.language.instructions.subject import Instruction, Subject

_ONE = "--column holds instructions about one structure: name it with --structure"


class Human:
    """Writer that passes on what a person wrote.

    Args:
        told: (case, structure) -> the instructions.
    """

    learns: ClassVar[bool] = False
    author = "human"
    max_concurrent = 1

    def __init__(self, told: Mapping[tuple[str, str], list[Instruction]]) -> None:
        self._told = told

    @classmethod
    def open(cls, settings: InstructionSettings, corpus: Corpus) -> "Human":
        """What a column or a sheet says.

        Raises:
            UsageError: neither of them, both, or one that says nothing about this corpus.
        """
        if (settings.column is None) == (settings.sheet_in is None):
            raise UsageError(
                "--with human takes either --column NAME or --sheet-in FILE; write a sheet with --sheet-out"
            )
        if settings.sheet_in is not None:
            return cls(_of_sheet(settings.sheet_in, corpus, settings.structures))
        if len(settings.structures) != 1:
            raise UsageError(f"{_ONE}, got {len(settings.structures)} of them; or take --sheet-in")
        column = str(settings.column)
        structure = settings.structures[0].partition("=")[0].strip()
        told = {(case.id, structure): [Instruction(text)] for case in corpus if (text := _said(case, column))}
        if not told:
            raise UsageError(f"expected texts in the column or attribute {column!r} of {corpus.path}, found none")
        return cls(told)

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """None: what a person wrote is read anew each time."""
        return None

    def write(self, subject: Subject) -> dict[str, list[Instruction]]:
        """What a person wrote about each structure of the case.

        Args:
            subject: Names the case and the structures.
        """
        keys = {name: (subject.case, name) for name in subject.structures}
        return {name: self._told[key] for name, key in keys.items() if key in self._told}


def _of_sheet(path: Path, corpus: Corpus, asked: Sequence[str]) -> dict[tuple[str, str], list[Instruction]]:
    """What the lines of a sheet say; of what they do not speak of, a person's words stay as they are."""
    rows = read_sheet(path)
    ids = _known(list(dict.fromkeys(row.case for row in rows)), corpus, path)
    _refuse_unknown(rows, corpus, asked, path)
    told = _told_before(corpus)
    cases = {case.id: case for case in corpus.take(ids)}
    for row in rows:
        told.pop((row.case, row.structure), None)
        if corrected(row, instructions_of(cases[row.case], row.structure)):
            told[row.case, row.structure] = [Instruction(row.text, row.modalities)]
    return told


def _told_before(corpus: Corpus) -> dict[tuple[str, str], list[Instruction]]:
    """Instructions of persons that the corpus has; what was corrected in a case comes back by itself."""
    corrections = corrected_texts(corpus)
    told: dict[tuple[str, str], list[Instruction]] = {}
    for case in corpus:
        for one in case.texts:
            if one.kind == "instruction" and one.author == Human.author and (case.id, one.text) not in corrections:
                told.setdefault((case.id, one.column or ""), []).append(Instruction(one.text, one.modalities))
    return told


def _refuse_unknown(rows: Sequence[SheetRow], corpus: Corpus, asked: Sequence[str], path: Path) -> None:
    """Refuse lines about a structure that has no masks and was not asked for."""
    has = [*structures_of(corpus), *(part.strip() for one in asked for part in one.split("="))]
    unknown = [row for row in rows if row.structure not in has]
    if has and unknown:
        msg = f"{path} speaks of the structure {unknown[0].structure!r} of case {unknown[0].case!r}"
        msg = f"{msg}, and {corpus.path} has {', '.join(dict.fromkeys(has))}"
        raise UsageError(f"{msg} ({len(unknown)} of {len(rows)} lines); correct the column 'structure'")


def _known(ids: list[str], corpus: Corpus, path: Path) -> list[str]:
    has = {row["id"] for row in corpus.rows(columns=["id"])}
    unknown = [name for name in ids if name not in has]
    if unknown:
        msg = f"{path} speaks of the case {unknown[0]!r}, which {corpus.path} does not have"
        raise UsageError(f"{msg} ({len(unknown)} of {len(ids)}); correct the column 'case'")
    return ids


def _said(case: Case, column: str) -> str:
    written = [passage.text for passage in case.statements if passage.source == column]
    value = case.attributes.get(column)
    return " ".join(written) or ("" if value is None else str(value).strip())
