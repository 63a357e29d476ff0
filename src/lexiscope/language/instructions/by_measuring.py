"""`Measured`: instructions from what can be measured in the images of a case."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.corpus.store import Corpus
from lexiscope.language.instructions.appearance import Appearance, look_at
from lexiscope.language.instructions.case_images import CaseImages
from lexiscope.language.instructions.findings import measure_region
from lexiscope.language.instructions.profile import StructureProfile
from lexiscope.language.instructions.region import find_region
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.subject import Instruction, Subject
from lexiscope.language.instructions.wording import InstructionWording

VERSION = 1  # of the measurements; another one writes every sentence anew


class Measured:
    """Writer that finds the region which looks most like a structure, and says what can be measured of it.

    Every image is described alone, as if the others had never been taken; then comes one instruction from all of them.

    Args:
        prompts: Folder of the user's own word files.
    """

    learns: ClassVar[bool] = True
    author = "measured"
    max_concurrent = 1

    def __init__(self, prompts: Path | None = None) -> None:
        self.wording = InstructionWording.load(prompts)

    @classmethod
    def open(cls, settings: InstructionSettings, corpus: Corpus) -> "Measured":
        """Writer with the words of the settings."""
        del corpus
        return cls(settings.prompts)

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """Version of the measurements, and the words."""
        return {"writer": "measured", "version": VERSION, "words": self.wording.words}

    def write(self, subject: Subject) -> dict[str, list[Instruction]]:
        """Sentences about each image and about all of them together, for each structure that something is known of.

        Args:
            subject: Images and profiles.
        """
        profiles = {
            name: known for name, known in subject.structures.items() if known and _can_see(subject.modalities, known)
        }
        if not profiles:
            return {}
        images = subject.images()
        written: dict[str, list[Instruction]] = {name: [] for name in profiles}
        for parts in _subsets(images):
            seen = look_at(parts)
            for name, profile in profiles.items():
                if _can_see(parts.modalities, profile):
                    written[name].append(self.describe(parts, profile, seen=seen))
        return written

    def describe(self, images: CaseImages, profile: StructureProfile, *, seen: Appearance | None = None) -> Instruction:
        """Sentences about a structure in these images.

        Args:
            images: Images of a case, all or some.
            profile: What the structure looks like.
            seen: How the images look, where that is known already.
        """
        seen = seen or look_at(images)
        region = find_region(seen, profile)
        modalities = images.modalities
        if region is None:
            return Instruction(self.wording.absent(profile.structure, modalities, profile), modalities, clear=False)
        findings = measure_region(seen.images, region, scattered=profile.scattered)
        text = self.wording.seen(
            profile.structure,
            findings,
            is_volume=seen.images.is_volume,
            scattered=profile.scattered,
            key=f"{images.key}{profile.structure}",
        )
        return Instruction(text, modalities)


def _subsets(images: CaseImages) -> list[CaseImages]:
    """Each image alone, and then all of them."""
    alone = [images.only(name) for name in images.modalities] if len(images.images) > 1 else []
    return [*alone, images]


def _can_see(modalities: Iterable[str], profile: StructureProfile) -> bool:
    return not set(modalities).isdisjoint(profile.modalities)
