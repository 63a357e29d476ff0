"""`LabelNames`: the name of each structure as its instruction."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.corpus.store import Corpus
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.subject import Instruction, Subject
from lexiscope.language.instructions.wording import InstructionWording


class LabelNames:
    """Writer that says the name of a structure and nothing else; it looks at no image.

    Args:
        prompts: Folder of the user's own word files.
    """

    learns: ClassVar[bool] = False
    author = "label-name"
    max_concurrent = 1

    def __init__(self, prompts: Path | None = None) -> None:
        self._wording = InstructionWording.load(prompts)

    @classmethod
    def open(cls, settings: InstructionSettings, corpus: Corpus) -> "LabelNames":
        """Writer with the words of the settings."""
        del corpus
        return cls(settings.prompts)

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """None: writing is quicker than looking up what was written."""
        return None

    def write(self, subject: Subject) -> dict[str, list[Instruction]]:
        """The name of each structure.

        Args:
            subject: Its structures are named.
        """
        return {name: [Instruction(self._wording.label_name(name))] for name in subject.structures}
