"""`/corpus`: what the corpus holds and lacks, what could not be read into it, and the audit of its splits."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter, Response

from lexiscope.corpus.rejections import read_rejections
from lexiscope.serve.plain_json import PlainJSON
from lexiscope.serve.routes.tasks import JOB_BEGUN, PROBLEMS
from lexiscope.serve.site import SiteOf

router = APIRouter(tags=["corpus"], responses={404: PROBLEMS[404]})

_REJECTED = 200  # that are told
_PATIENCE_S = 1.0  # before an audit becomes a job that can be watched
_THREAD = ThreadPoolExecutor(1, thread_name_prefix="audit")  # one that is cancelled goes on, and takes nobody's thread


@router.get("/corpus")
def corpus(site: SiteOf) -> dict[str, Any]:
    """Count what the corpus holds, as `lexiscope corpus info --json` does; with licences and rejected inputs.

    The audit is told where it was made since the corpus changed, else null: ask /corpus/audit for it.
    """
    audit = site.audit.known(site.cases)
    rejected = [line for line in read_rejections(site.cases.path) if line["kind"] == "rejected"]
    return {
        **site.summary.of(site.cases).to_dict(),
        "rejected_inputs": len(rejected),
        "rejected": site.places.hidden(rejected[:_REJECTED]),
        "audit": None if audit is None else audit.to_dict(),
    }


@router.get(
    "/corpus/audit",
    response_model=dict[str, Any],
    responses={
        202: {
            "description": "Under way as a job; see /jobs/{id}.",
            "content": {"application/json": {"example": JOB_BEGUN}},
        }
    },
)
async def audit(site: SiteOf) -> Response:
    """Prove that no two splits share a group, an image or a describing text; as a job where that takes long."""

    async def compare(_: Any) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        return (await loop.run_in_executor(_THREAD, site.audit.of, site.cases)).to_dict()

    job = site.jobs.start_alone("audit", compare)
    assert job.task is not None
    await asyncio.wait([job.task], timeout=_PATIENCE_S)
    if job.state == "done":
        return Response(job.result, media_type="application/json")
    return PlainJSON({"job": job.id}, status_code=202)
