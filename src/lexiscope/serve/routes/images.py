"""`/images`: an image of the corpus by its content hash: the file, a thumbnail, slices, and facts about it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from lexiscope.serve.caching import kept_for_an_hour, kept_for_ever, unchanged
from lexiscope.serve.drawing import drawn
from lexiscope.serve.pictures.picture import MOST_SIDE
from lexiscope.serve.pictures.slices import slice_picture
from lexiscope.serve.pictures.thumbnail import SIDE
from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.site import SiteOf

PROBLEMS_OF_IMAGES: dict[int | str, dict[str, Any]] = {
    **{status: PROBLEMS[status] for status in (400, 404, 409)},
    422: {**PROBLEMS[422], "description": "The image is damaged, or larger than what is read."},
}
PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "A PNG."}}

router = APIRouter(tags=["images"], responses=PROBLEMS_OF_IMAGES)

Content = Annotated[
    str,
    Path(
        description="SHA-256 of the file, from its case.",
        pattern="^[0-9a-f]{64}$",
        examples=["ab12" * 16],
        title="hash",
    ),
]
Low = Annotated[float | None, Query(description="Value that is shown black; the usual window's when left out.")]
High = Annotated[float | None, Query(description="Value that is shown white.")]
Channel = Annotated[int | None, Query(description="Channel from 0; colours, else the first, when left out.")]
Side = Annotated[int | None, Query(ge=8, le=MOST_SIDE, description="Pixels of the longer side.")]

_MEDIA = {"nifti": "application/octet-stream"}  # a type of gzip would make browsers unpack it on the way
_SUFFIX = {"jpeg": ".jpg", "tiff": ".tif", "nifti": ".nii.gz"}


class Sides(BaseModel):
    """Letters at the borders of a slice."""

    left: str = Field(examples=["R"])
    right: str = Field(examples=["L"])
    top: str = Field(examples=["A"])
    bottom: str = Field(examples=["P"])


class Scale(BaseModel):
    """Size of a pixel of a picture or of an axial slice."""

    y: float
    x: float
    unit: Literal["mm", "nm"]


class About(BaseModel):
    """Facts about an image."""

    format: str = Field(examples=["nifti"])
    shape: list[int] = Field(description="(y, x) or (z, y, x).", examples=[[17, 128, 128]])
    channels: int
    bits: int
    spacing: list[float] | None = Field(description="Along the axes of shape; null when unknown.")
    unit: Literal["mm", "nm"] | None
    scale: Scale | None
    affine: list[list[float]] | None = Field(description="From voxels (x, y, z) to mm in RAS+; null without a patient.")
    oblique_degrees: float | None = Field(description="Largest angle to the patient's axes.")
    letters: dict[Literal["z", "y", "x"], Sides] | None = Field(description="Sides of slices across each axis.")
    low: float = Field(description="1st percentile.")
    high: float = Field(description="99th percentile.")
    window: tuple[float, float] = Field(description="What is shown black and white at first.")
    channel_windows: list[tuple[float, float]]
    tile: int | None = Field(description="Side of the tiles of a picture; null for a volume.")


@router.get("/images/{content}", response_class=FileResponse)
def image(content: Content, site: SiteOf, request: Request) -> Response:
    """Get the file itself, bytes unchanged."""
    shown = site.gallery.find(content)
    headers = kept_for_ever(content)
    if (known := unchanged(request, headers)) is not None:
        return known
    format = shown.known.format if shown.known is not None else ""
    compressed = shown.path.name.endswith(".gz") or format != "nifti"
    name = f"{content}{_SUFFIX.get(format, f'.{format}') if compressed else '.nii'}" if format else shown.path.name
    media = _MEDIA.get(format, f"image/{format}" if format else "application/octet-stream")
    return FileResponse(shown.path, media_type=media, filename=name, headers=headers, content_disposition_type="inline")


@router.get("/images/{content}/thumbnail", response_class=Response, responses=PNG)
@drawn
def thumbnail(
    content: Content,
    site: SiteOf,
    request: Request,
    size: Annotated[int, Query(ge=8, le=MOST_SIDE, description="Pixels of the longer side.")] = SIDE,
) -> Response:
    """Get a small PNG, of a volume its middle axial slice, the patient's right on the left."""
    made = site.gallery.thumbnail(content, size=size)
    headers = kept_for_an_hour(made.name)
    if (known := unchanged(request, headers)) is not None:
        return known
    return Response(made.read_bytes(), media_type="image/png", headers=headers)  # FileResponse opens it in more threads


@router.get("/images/{content}/slice", response_class=Response, responses=PNG)
@drawn
def slice_(
    content: Content,
    site: SiteOf,
    *,
    axis: Annotated[Literal["z", "y", "x"], Query(description="Across which axis: axial, coronal, sagittal.")] = "z",
    index: Annotated[int | None, Query(ge=0, description="Plane, from the feet, the back or the left.")] = None,
    low: Low = None,
    high: High = None,
    channel: Channel = None,
    size: Side = None,
) -> Response:
    """Get a slice as a PNG in radiological convention; X-Axes says the letters, X-Index which slice it is."""
    shown = slice_picture(
        site.gallery.decoded(content), axis=axis, index=index, low=low, high=high, channel=channel, size=size
    )
    mark = site.gallery.find(content).mark
    asked = f"{content}{mark}-{axis}-{shown.index}-{low}-{high}-{channel}-{size}"
    letters = {"X-Axes": str(shown.sides)} if shown.sides is not None else {}
    headers = {**kept_for_an_hour(asked), "X-Index": str(shown.index), **letters}
    return Response(shown.data, media_type="image/png", headers=headers)


@router.get("/images/{content}/about")
@drawn
def about(content: Content, site: SiteOf) -> About:
    """Get shape, size, place and usual window of an image."""
    return About(**site.gallery.about(content))
