"""`InstructionWriter`: who writes instructions, as an entry of `lexiscope.language.INSTRUCTION_WRITERS`."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self

from lexiscope.corpus.store import Corpus
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.subject import Instruction, Subject


class InstructionWriter(Protocol):
    """One way to write instructions.

    `learns` is True where profiles of the structures are needed; `author` signs the passages; `identity` is all that
    the sentences depend on beside images and profiles, and None where what was written once may change any time;
    `max_concurrent` is the number of cases that may be written about at once.
    """

    learns: ClassVar[bool]
    author: str
    max_concurrent: int

    @classmethod
    def open(cls, settings: InstructionSettings, corpus: Corpus) -> Self:
        """Writer that the settings describe.

        Args:
            settings: Choices of the user.
            corpus: Keeps the completions of a language model, and holds the column of a human.

        Raises:
            UsageError: settings that belong to another writer, or that are missing.
        """
        ...

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """Everything that the sentences depend on beside images and profiles, as plain JSON types."""
        ...

    def write(self, subject: Subject) -> Mapping[str, Sequence[Instruction]]:
        """Structure -> its instructions; a structure of which there is nothing to say is left out.

        Args:
            subject: What may be known.

        Raises:
            LanguageModelError: the language model behind it does not answer.
        """
        ...
