"""`Described`: instructions from what an assistant that reads images says about each of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from lexiscope.language.instructions.subject import Instruction, StoredPixels, Subject
from lexiscope.language.instructions.wording import InstructionWording

VERSION = 1


class ImageDescriber(Protocol):
    """Whatever describes an image in words; the rooms above open it.

    `name` signs what it says, `identity` is all that this depends on, and `modalities` are those that it reads.
    """

    name: str
    identity: Mapping[str, Any]
    modalities: tuple[str, ...]

    def describe(self, modality: str, pixels: StoredPixels, prompt: str) -> str:
        """Answer about one image; empty where there is none.

        Args:
            modality: What the image shows, one of `modalities`.
            pixels: The image as it is stored, and the size of its pixels.
            prompt: What is asked.
        """
        ...


class Described:
    """Writer that asks an assistant about each image of a case, and joins its answers behind the request.

    Args:
        describer: The assistant.
        prompts: Folder of the user's own word files.
    """

    learns: ClassVar[bool] = False
    max_concurrent = 1

    def __init__(self, describer: ImageDescriber, *, prompts: Path | None = None) -> None:
        self.author = f"assistant:{describer.name}"
        self._describer = describer
        self._wording = InstructionWording.load(prompts)

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """The assistant and the words."""
        words = {"version": VERSION, "words": self._wording.words}
        return {"writer": "assistant", "describer": self._describer.identity, **words}

    def write(self, subject: Subject) -> dict[str, list[Instruction]]:
        """What the assistant says of each image, and all of it together, for each structure.

        Args:
            subject: Images of a case.
        """
        seen = {name: subject.pixels(name) for name in subject.modalities if name in self._describer.modalities}
        written = {name: self._about(name, seen, subject.key) for name in subject.structures}
        return {name: said for name, said in written.items() if said}

    def _about(self, structure: str, seen: Mapping[str, StoredPixels], key: str) -> list[Instruction]:
        asked = {name: self._wording.question(structure, name) for name in seen}
        answers = {name: self._describer.describe(name, seen[name], asked[name]).strip() for name in seen}
        answers = {name: answer for name, answer in answers.items() if answer}
        if not answers:
            return []
        parts = [{name: answer} for name, answer in answers.items()] if len(answers) > 1 else []
        return [
            Instruction(self._wording.answered(structure, part, f"{key}{structure}"), tuple(part))
            for part in (*parts, answers)
        ]
