"""`InstructionReport`: counts of the instructions that were written."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class InstructionReport:
    """Counts of one run of `write_instructions`.

    Args:
        author: Name that signs the instructions.
        cases: Cases that have instructions of this author now.
        instructions: Instructions of all these cases, those about single images included.
        updated: Cases that changed; 0 when the same was written before.
        silent: Cases with images of which there was nothing to say.
        corpus: Content version of the corpus afterwards.
        structures: Structure -> cases that have instructions about it; of these, cases where it is seen clearly, where
            images were looked at.
        learned_from: Structure -> annotated cases that its profile was learned from.
        renamed: Old name of masks -> new name.
        kept: Cases that were not looked at again.
        failed: Case -> why nothing could be written about it this time; run again.
        usage: Completions and tokens of a language model; None without one.
        examples: Structure -> a few of its instructions.
        sheet: File of the table that was written, and its lines; None when instructions were written.
        notes: Notes for the user.
    """

    author: str
    cases: int
    instructions: int
    updated: int
    silent: int
    corpus: str
    structures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    learned_from: Mapping[str, int] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    kept: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, float] | None = None
    examples: Mapping[str, list[str]] = field(default_factory=dict)
    sheet: tuple[str, int] | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Lines for a person to read.

        Example:
            >>> counts = {"cases": 2, "instructions": 8, "updated": 2, "silent": 0}
            >>> seen = {"tumour": {"cases": 2, "clear": 1}}
            >>> InstructionReport("measured", **counts, corpus="ab12", structures=seen).lines()
            ['8 instructions by measured for 2 cases (2 changed); corpus ab12', 'tumour: 2 cases, seen clearly in 1']
        """
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.sheet is not None:
            yield f"{self.sheet[1]} lines in {self.sheet[0]}; fill in the column 'text', then: --with human --sheet-in"
            return
        for old, new in self.renamed.items():
            yield f"masks named {old!r} are named {new!r} now"
        yield from self.notes
        counts = f"{self.instructions} instructions by {self.author} for {self.cases} cases ({self.updated} changed)"
        yield f"{counts}; corpus {self.corpus}"
        for name, seen in self.structures.items():
            learned = f"; learned from {self.learned_from[name]} masks" if name in self.learned_from else ""
            clear = f", seen clearly in {seen['clear']}" if "clear" in seen else ""
            yield f"{name}: {seen['cases']} cases{clear}{learned}"
        yield from (f"such as: {text}" for texts in self.examples.values() for text in texts[:1])
        if self.silent:
            yield f"{self.silent} cases got no instruction: nothing was learned or told about their images"
        if self.usage:
            yield ", ".join(f"{name.replace('_', ' ')} {count:g}" for name, count in self.usage.items())
        if self.failed:
            last = list(self.failed.values())[-1]
            yield f"{len(self.failed)} cases got no answer and stay as they were; run again. The last: {last}"
