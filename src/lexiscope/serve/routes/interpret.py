"""`/interpret`: how a model used its inputs, as a job."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from lexiscope.core.errors import UsageError
from lexiscope.core.numbers import LARGEST_SEED
from lexiscope.interpret import METHODS, MOST_CASES
from lexiscope.interpret.adapters import ADAPTERS
from lexiscope.serve.problems import NotFoundError
from lexiscope.serve.routes.tasks import JOB_BEGUN, PROBLEMS
from lexiscope.serve.site import Site, SiteOf
from lexiscope.serve.workers.call import Call
from lexiscope.serve.workers.worker import Told

router = APIRouter(tags=["tasks"])

_MOST = 64  # names of parts or methods
_EXAMPLE: Any = {"parts": ["assistant"], "methods": ["contribution"], "split": "test", "limit": 16}


class InterpretBody(BaseModel):
    """What is interpreted, and how."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})
    model: Annotated[str | None, Field(description="Name of a model; the only one when left out.")] = None
    parts: Annotated[
        list[str] | None,
        Field(max_length=_MOST, description=f"Of {', '.join(ADAPTERS)}; all that the model has when left out."),
    ] = None
    target: Annotated[
        str | None,
        Field(
            max_length=4096,
            description="Attribute of the part classifier, structure of the segmenter; its own choice if left out.",
        ),
    ] = None
    only: Annotated[list[str] | None, Field(max_length=1000, description="Ids of cases; all when left out.")] = None
    split: Annotated[str, Field(max_length=4096, description="Split to interpret on.")] = "test"
    methods: Annotated[
        list[str] | None, Field(max_length=_MOST, description=f"Of {', '.join(METHODS)}; all when left out.")
    ] = None
    limit: Annotated[
        int | None,
        Field(
            ge=1,
            le=100_000,
            description=f"Largest number of cases of each part; {MOST_CASES}, or all that `only` names, when left out.",
        ),
    ] = None
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] = 0


class Started(BaseModel):
    """A job that has begun; see /jobs/{id}."""

    job: str = Field(examples=[JOB_BEGUN["job"]])


@router.post("/interpret", status_code=202, responses=PROBLEMS)
async def interpret(body: InterpretBody, site: SiteOf) -> Started:
    """Begin to interpret a model: what each input contributes, how inputs work together, when not to believe it."""
    model = site.crew.model_or_only(body.model)
    await run_in_threadpool(_require_known, site, body)
    call = Call("interpret", request=body.model_dump(exclude={"model"}))

    async def work(told: Told) -> dict[str, Any]:
        made = await site.crew.ask(model, call, told=told)
        return await run_in_threadpool(site.places.hidden, made)  # megabytes of pictures beside what names folders

    return Started(job=site.jobs.start(work).id)


def _require_known(site: Site, body: InterpretBody) -> None:
    for what, named, known in (("methods", body.methods, METHODS), ("parts", body.parts, ADAPTERS)):
        unknown = [name for name in named or () if name not in known]
        if unknown:
            raise UsageError(f"expected {what} of {', '.join(known)}, got {', '.join(unknown)}; name others")
    missing = [case for case in body.only or () if case not in site.cases]
    if missing:
        raise NotFoundError(f"expected ids of cases of the corpus, got {missing[0]}; see /cases")
