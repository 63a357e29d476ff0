"""`/tiles`: a large picture in tiles at every power of two, as Deep Zoom counts them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from lexiscope.serve.caching import kept_for_an_hour, unchanged
from lexiscope.serve.drawing import drawn
from lexiscope.serve.pictures.tiles import TILE, tile, values_at
from lexiscope.serve.routes.images import PNG, PROBLEMS_OF_IMAGES, Channel, Content, High, Low
from lexiscope.serve.site import SiteOf

router = APIRouter(tags=["images"], responses=PROBLEMS_OF_IMAGES)


class Levels(BaseModel):
    """How a picture is cut into tiles."""

    width: int = Field(examples=[4096])
    height: int = Field(examples=[3072])
    tile: int = Field(examples=[TILE])
    overlap: int = Field(examples=[0])
    levels: int = Field(description="Level 0 is one pixel, the last is the picture itself.", examples=[13])


@router.get("/tiles/{content}")
@drawn
def levels(content: Content, site: SiteOf) -> Levels:
    """Get the size of a picture and the number of its levels."""
    image, pyramid = site.gallery.pyramid(content)
    height, width = image.values.shape[1:]
    return Levels(width=width, height=height, tile=TILE, overlap=0, levels=len(pyramid.levels))


class Pixel(BaseModel):
    """What was measured in a pixel."""

    values: list[float | int | None] = Field(
        description="One a channel, as stored; null where there is no number.", examples=[[40_000]]
    )


@router.get("/tiles/{content}/pixel")
@drawn
def pixel(
    content: Content,
    site: SiteOf,
    x: Annotated[int, Query(ge=0, description="Pixel from the left, as the picture is shown.")],
    y: Annotated[int, Query(ge=0, description="Pixel from the top.")],
) -> Pixel:
    """Get the measured values of one pixel of a picture."""
    _, pyramid = site.gallery.pyramid(content)
    return Pixel(values=values_at(pyramid, column=x, row=y))


@router.get("/tiles/{content}/{z}/{x}/{y}", response_class=Response, responses=PNG)
@drawn
def one_tile(
    content: Content,
    site: SiteOf,
    request: Request,
    *,
    z: Annotated[int, Path(description="Level, from 0.", ge=0)],
    x: Annotated[int, Path(description="Tile from the left.", ge=0)],
    y: Annotated[int, Path(description="Tile from the top.", ge=0)],
    low: Low = None,
    high: High = None,
    channel: Channel = None,
) -> Response:
    """Get a tile as a PNG; what is deeper than 8 bits is windowed."""
    mark = site.gallery.find(content).mark
    headers = kept_for_an_hour(f"{content}{mark}-{z}-{x}-{y}-{low}-{high}-{channel}")
    if (known := unchanged(request, headers)) is not None:
        return known
    image, pyramid = site.gallery.pyramid(content)
    made = tile(image, pyramid, level=z, column=x, row=y, low=low, high=high, channel=channel)
    return Response(made, media_type="image/png", headers=headers)
