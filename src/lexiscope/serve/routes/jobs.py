"""`/jobs`: how far long work is, as a document or as events, and its end."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.site import SiteOf

router = APIRouter(tags=["jobs"], responses={404: PROBLEMS[404]})


@router.get("/jobs/{job_id}")
async def job(job_id: str, site: SiteOf) -> dict[str, Any]:
    """State, progress, and in the end the result or the problem of a job."""
    return site.jobs.find(job_id).to_dict()


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse)
async def events(job_id: str, site: SiteOf) -> StreamingResponse:
    """Server-sent events: "progress" now and at each change, then "done", "failed" or "cancelled"."""
    site.jobs.find(job_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(site.jobs.events(job_id), media_type="text/event-stream", headers=headers)


@router.delete("/jobs/{job_id}")
async def cancel(job_id: str, site: SiteOf) -> dict[str, Any]:
    """End a job."""
    return (await site.jobs.cancel(job_id)).to_dict()
