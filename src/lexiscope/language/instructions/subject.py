"""`Subject` and `Instruction`: what a writer of instructions is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from lexiscope.language.instructions.case_images import CaseImages
from lexiscope.language.instructions.profile import StructureProfile

StoredPixels: TypeAlias = tuple[NDArray[Any], tuple[float, ...] | None]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known when instructions about a case are written: never a mask of it, its texts or its attributes.

    Args:
        case: Id of the case.
        modalities: Modalities of its images.
        structures: Structure -> what it looks like; None where nothing was learned, or where nothing is needed.
        images: Reads the images, grey and on one grid.
        pixels: Reads the image of one modality as it is stored, with the size of its pixels.
        key: Hash of their contents.
    """

    case: str
    modalities: tuple[str, ...]
    structures: Mapping[str, StructureProfile | None]
    images: Callable[[], CaseImages]
    pixels: Callable[[str], StoredPixels]
    key: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, before it becomes a passage.

    Args:
        text: The sentences.
        modalities: Modalities whose images they were written from; none where no image was looked at.
        clear: False where the structure was not seen clearly.
    """

    text: str
    modalities: tuple[str, ...] = ()
    clear: bool = True
