"""`/volumes`: a volume as NIfTI for a viewer in the browser."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from lexiscope.serve.caching import kept_for_an_hour, unchanged
from lexiscope.serve.drawing import drawn
from lexiscope.serve.routes.images import PROBLEMS_OF_IMAGES, Content
from lexiscope.serve.site import SiteOf

router = APIRouter(tags=["images"], responses=PROBLEMS_OF_IMAGES)

_NIFTI = "application/octet-stream"  # a type of gzip would make browsers unpack it on the way
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {_NIFTI: {}}, "description": "NIfTI, gzipped or not."}}


@router.get("/volumes/{content}", response_class=Response, responses=_FILE)
@drawn
def volume(
    content: Content,
    site: SiteOf,
    request: Request,
    limit_mb: Annotated[int | None, Query(ge=1, le=2048, description="Most MiB of its values.")] = None,
) -> Response:
    """Get a volume for a viewer: as stored, or with voxels put together beyond the limit.

    X-Downsampled then says how many along each axis of the file became one, such as "2x2x1". Stacks of a microscope,
    which lie in no patient, are converted so that a viewer in radiological convention shows them as they are stored.
    """
    shown = site.gallery.volume(content, limit_mb=limit_mb or site.config.display_mb)
    factors = "x".join(map(str, shown.factors))
    headers = kept_for_an_hour(f"{shown.path.name}-{factors}")
    if shown.factors != (1, 1, 1):
        headers["X-Downsampled"] = factors
    if (known := unchanged(request, headers)) is not None:
        return known
    name = f"{content}.nii{'.gz' if shown.compressed else ''}"
    return FileResponse(shown.path, media_type=_NIFTI, filename=name, headers=headers)
