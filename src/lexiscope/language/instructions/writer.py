"""`InstructionsOfCases`: instructions as an entry of the table of writers."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lexiscope.core.progress import Progress
from lexiscope.language.instructions.settings import InstructionSettings

if TYPE_CHECKING:
    from lexiscope.corpus.store import Corpus
    from lexiscope.language.instructions.report import InstructionReport


class InstructionsOfCases:
    """Sentences that say what to segment in each case: place, size and looks, measured without its mask."""

    name: ClassVar[str] = "instructions"
    Settings: ClassVar[type[InstructionSettings]] = InstructionSettings

    @classmethod
    def write(
        cls, corpus: "Corpus | Path | str", settings: InstructionSettings, *, progress: Progress | None = None
    ) -> "InstructionReport":
        """Write instructions that say what to segment in each case; its own mask never tells them.

        What structures look like is learned from the masks of the split "train" together. Each image is described
        alone, then all of them together. Run again, it replaces its own instructions and no others, and looks at no
        image again. Exit code 0: done. 3: done, but some cases got no answer.
        """
        from lexiscope.language.instructions.write import write_instructions

        return write_instructions(corpus, settings, progress=progress)
