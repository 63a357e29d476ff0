"""`/results`: files that a task wrote, such as masks."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.site import SiteOf

router = APIRouter(tags=["tasks"], responses={404: PROBLEMS[404]})


@router.get("/results/{result_id}/{name}", response_class=FileResponse)
def result(result_id: str, name: str, site: SiteOf) -> FileResponse:
    """Download a file that a task wrote."""
    return FileResponse(site.results.file(result_id, name), filename=name, content_disposition_type="attachment")
