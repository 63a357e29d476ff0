"""`DelineateRequest`: what is looked for in an image, where in it, and how it is written."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ValidationInfo, field_validator, model_validator

from lexiscope.core.settings import Flag, Settings, Written

Form = Literal["nifti", "dicom-seg", "dicom-labelmap"]
"""Form of the files, where it is not that of the input."""
Writer = Literal["label-name", "measured"]
"""Who asks for a structure that is named."""


class DelineateRequest(Settings):
    """What is looked for, and where it is written.

    Args:
        instruction: Sentence that says what to outline. Repeatable, one mask each.
        structure: Name of a structure that the model learned. Repeatable. All of them when nothing is asked for.
        instruction_writer: Who asks for a structure that is named: label-name, with the name alone, or measured, with
            sentences about its place, size and look that are measured in the image that came.
        out: Folder to write the masks into.
        written_as: Form of the files: NIfTI, or DICOM segmentations of the series that came, one for each sentence
            (dicom-seg) or one of all as a label map, where none overlap. NIfTI for scans, PNG for pictures and
            dicom-seg for DICOM when not given.
        uncertainty: Also write a map of how unsure each voxel is, 0 to 255, as NIfTI or PNG.
        box: z0,y0,x0,z1,y1,x1 (planes: y0,x0,y1,x1) in voxels of the file, the end not included: only connected parts
            that lie in it with half of their voxels are kept; with none, the best part in it at half the threshold.
            Repeatable.
        point: z,y,x (planes: y,x) in voxels of the file: only the connected part that holds it is kept; with none, the
            part at half the threshold. Repeatable.
    """

    instruction: Annotated[tuple[str, ...], Flag("--instruction")] = ()
    structure: Annotated[tuple[str, ...], Flag("--structure")] = ()
    instruction_writer: Writer = "label-name"
    out: Annotated[Path | None, Written()] = None
    written_as: Annotated[Form | None, Flag("--as")] = None
    uncertainty: bool = False
    box: tuple[str, ...] = ()
    point: tuple[str, ...] = ()

    @field_validator("out")
    @classmethod
    def _folder(cls, out: Path | None) -> Path | None:
        if out is not None and out.exists() and not out.is_dir():
            raise ValueError("expected a folder or a name that is free, and there is a file")
        return out

    @field_validator("instruction", "structure", mode="before")
    @classmethod
    def _listed(cls, texts: Any) -> Any:
        return (texts,) if isinstance(texts, str) else texts

    @field_validator("box", "point", mode="before")
    @classmethod
    def _written(cls, places: Any) -> Any:
        if isinstance(places, str):
            return (places,)
        return tuple(one if isinstance(one, str) else ",".join(map(str, one)) for one in places)

    @field_validator("box", "point")
    @classmethod
    def _numbers(cls, places: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        allowed = (4, 6) if info.field_name == "box" else (2, 3)
        if not all(_count_numbers(one) in allowed for one in places):
            raise ValueError(f"expected {allowed[0]} or {allowed[1]} whole numbers between commas")
        return places

    @model_validator(mode="after")
    def _of_a_name(self) -> Self:
        if self.instruction_writer != "label-name" and self.instruction and not self.structure:
            raise ValueError(f"{self.instruction_writer} writes about a structure that is named, and none is")
        return self

    @field_validator("instruction")
    @classmethod
    def _sentences(cls, sentences: tuple[str, ...]) -> tuple[str, ...]:
        if not all(sentence.strip() for sentence in sentences):
            raise ValueError("expected sentences that say what to outline, none of them empty")
        return sentences


def _count_numbers(text: str) -> int:
    """How many whole numbers stand between commas; 0 for anything else."""
    parts = text.split(",")
    return len(parts) if all(part.strip().lstrip("-").isdecimal() for part in parts) else 0
