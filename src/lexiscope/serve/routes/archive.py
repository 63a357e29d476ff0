"""`/results/.../store`: a segmentation that a task wrote, into the archive of whoever runs the server."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lexiscope.serve.dicomweb.store import store
from lexiscope.serve.problems import ForbiddenError, NotFoundError
from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.site import SiteOf

router = APIRouter(tags=["tasks"], responses={status: PROBLEMS[status] for status in (404, 422)})


class StoredRow(BaseModel):
    """What the archive took."""

    stored: list[str] = Field(description="SOP instance UIDs.", examples=[["2.25.1"]])


@router.post(
    "/results/{result_id}/{name}/store",
    status_code=201,
    responses={403: {"description": "Read only."}, 502: {"description": "The archive does not take it."}},
)
def store_result(result_id: str, name: str, site: SiteOf) -> StoredRow:
    """Send a DICOM segmentation to the archive that the server was started with, by STOW-RS.

    It carries the identifiers of the patient that it was found in.
    """
    config = site.config
    if config.read_only:
        raise ForbiddenError("expected a server that sends results, and this one is read-only; download the file")
    if config.archive is None:
        raise NotFoundError("expected an archive, got none; start the server with --archive URL, or download the file")
    receipt = store(
        [site.results.file(result_id, name)],
        config.archive,
        off_this_machine=config.archive_off_this_machine,
        token=config.archive_token,
    )
    return StoredRow(stored=list(receipt.stored))
