"""`/jobs`: how far long work is, as a document or as events, and its end."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from lexiscope.serve.jobs import Job
from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.site import SiteOf

_GONE = {**PROBLEMS[404], "description": "A job of before the server was started again; it ended with that one."}

router = APIRouter(tags=["jobs"], responses={404: PROBLEMS[404], 410: _GONE})


@router.get("/jobs/{job_id}", response_model=dict[str, Any])
async def job(job_id: str, site: SiteOf) -> Response:
    """State, progress, and in the end the result or the problem of a job."""
    return _said(site.jobs.find(job_id))


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse)
async def events(job_id: str, site: SiteOf) -> StreamingResponse:
    """Server-sent events: "progress" now and at each change, then "done", "failed" or "cancelled"."""
    site.jobs.find(job_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(site.jobs.events(job_id), media_type="text/event-stream", headers=headers)


@router.delete("/jobs/{job_id}", response_model=dict[str, Any])
async def cancel(job_id: str, site: SiteOf) -> Response:
    """End a job."""
    return _said(await site.jobs.cancel(job_id))


def _said(job: Job) -> Response:
    return Response(job.to_json(), media_type="application/json")
