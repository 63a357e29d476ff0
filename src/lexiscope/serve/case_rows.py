"""Cases as the API gives them: a row for lists, and everything for the view of one case."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from lexiscope.core.case import Case, Scalar
from lexiscope.core.image import Image
from lexiscope.core.json_types import to_json


class ImageRow(BaseModel):
    """What a list needs to show an image."""

    content: str = Field(description="SHA-256 of the file's bytes; what /images, /volumes and /tiles take.")
    width: int = Field(examples=[240])
    height: int = Field(examples=[240])
    depth: int = Field(description="Slices of a volume, 1 of a plane.", examples=[155])
    format: str = Field(examples=["nifti"])
    thumbnail: str = Field(description="Address of a small picture.")


class CaseRow(BaseModel):
    """A case as lists show it."""

    id: str = Field(examples=["visit-7"])
    group: str = Field(description="Patient, paper or specimen.", examples=["patient-3"])
    split: str | None = Field(examples=["train"])
    licence: str = Field(examples=["CC0-1.0"])
    images: dict[str, ImageRow | None] = Field(
        description="By modality; null where other cases of the corpus have one and this case does not."
    )
    structures: list[str] = Field(description="Structures that somebody looked for.", examples=[["lesion"]])
    text: str | None = Field(description="First passage that is written about it.")
    attributes: dict[str, Scalar] = Field(examples=[{"age": 61}])


class MaskRow(BaseModel):
    """A mask of a case."""

    content: str
    modality: str | None = Field(description="Modality on whose grid it lies; null where no image has its shape.")
    empty: bool = Field(description="The structure was looked for and is not there.")


class WholeCase(CaseRow):
    """Everything that is known of a case."""

    texts: list[dict[str, Any]] = Field(description="Passages with their kind, author and column.")
    turns: list[dict[str, Any]] = Field(description="Questions with their answers.")
    masks: dict[str, MaskRow]
    provenance: dict[str, Any] = Field(description="Source, licence, where it was found, and steps applied.")
    corrections: list[dict[str, Any]] = Field(description="What people said instead, the oldest first.")


def case_row(case: Case, modalities: Iterable[str]) -> CaseRow:
    """A case as lists show it.

    Args:
        case: The case.
        modalities: Modalities of the corpus: one that the case lacks is told as missing.
    """
    named = dict.fromkeys([*modalities, *case.images])
    return CaseRow(
        id=case.id,
        group=case.group,
        split=case.split,
        licence=case.provenance.licence,
        images={name: image_row(case.images[name]) if name in case.images else None for name in named},
        structures=sorted(case.masks),
        text=case.statements[0].text if case.statements else None,
        attributes=to_json(dict(case.attributes)),
    )


def whole_case(case: Case, modalities: Iterable[str], corrections: Iterable[dict[str, Any]]) -> WholeCase:
    """Everything that is known of a case: its row, texts, turns, masks, provenance and corrections."""
    told = case.to_dict()
    return WholeCase(
        **dict(case_row(case, modalities)),
        texts=to_json(told["texts"]),
        turns=to_json(told["turns"]),
        masks={structure: _mask(case, mask) for structure, mask in sorted(case.masks.items())},
        provenance=to_json(told["provenance"]),
        corrections=list(corrections),
    )


def image_row(image: Image) -> ImageRow:
    """What a list needs to show an image.

    Example:
        >>> row = image_row(Image("0" * 64, "flair", "nifti", (30, 240, 200)))
        >>> row.width, row.height, row.depth
        (200, 240, 30)
    """
    *depth, height, width = image.shape
    return ImageRow(
        content=image.content,
        width=width,
        height=height,
        depth=depth[0] if depth else 1,
        format=image.format,
        thumbnail=f"/api/v1/images/{image.content}/thumbnail",
    )


def _mask(case: Case, mask: Image) -> MaskRow:
    alike = (name for name, image in case.images.items() if image.shape == mask.shape)
    return MaskRow(content=mask.content, modality=next(alike, None), empty=mask.marked == 0)
