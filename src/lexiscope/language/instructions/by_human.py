"""`Human`: instructions that a person wrote, from a column of the corpus or from a sheet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.corpus.store import Corpus
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.sheet import corrected, read_sheet
from lexiscope.language.instructions.subject import Instruction, Subject

_ONE = "--column holds instructions about one structure: name it with --structure"


class Human:
    """Writer that passes on what a person wrote.

    Args:
        told: (case, structure) -> the instruction.
    """

    learns: ClassVar[bool] = False
    author = "human"
    max_concurrent = 1

    def __init__(self, told: Mapping[tuple[str, str], Instruction]) -> None:
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
            return cls(_of_sheet(settings.sheet_in, corpus))
        if len(settings.structures) != 1:
            raise UsageError(f"{_ONE}, got {len(settings.structures)} of them; or take --sheet-in")
        column = str(settings.column)
        structure = settings.structures[0].partition("=")[0].strip()
        told = {(case.id, structure): Instruction(text) for case in corpus if (text := _said(case, column))}
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
        return {name: [self._told[key]] for name, key in keys.items() if key in self._told}


def _of_sheet(path: Path, corpus: Corpus) -> dict[tuple[str, str], Instruction]:
    rows = read_sheet(path)
    ids = _known(list(dict.fromkeys(row.case for row in rows)), corpus, path)
    cases = {case.id: case for case in corpus.take(ids)}
    return {
        (row.case, row.structure): Instruction(row.text, row.modalities)
        for row in rows
        if corrected(row, instructions_of(cases[row.case], row.structure))
    }


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
