"""A route for each task of `TASKS`, made from its settings and its request: a new task is served by itself."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Header, Response
from fastapi.concurrency import run_in_threadpool

from lexiscope.core.docstrings import description_of, summary_of
from lexiscope.serve.answer_examples import ANSWER_EXAMPLES
from lexiscope.serve.plain_json import PlainJSON
from lexiscope.serve.problems import MEDIA_TYPE, NotFoundError
from lexiscope.serve.said import said
from lexiscope.serve.site import Site, SiteOf
from lexiscope.serve.uploads import Upload
from lexiscope.serve.wire import GivenBody, body_of, files_of, folders_of
from lexiscope.serve.workers.call import Call, Given
from lexiscope.tasks import TASKS

router = APIRouter(tags=["tasks"])

_MANY = 200  # pieces of evidence; to write those of thousands of hits takes longer than others should wait
_ASYNC = re.compile(r"\brespond-async\b")
JOB_BEGUN = {"job": "5f3a9c01-Xy3kP0q_aB1cD2eF"}
"""Answer to what became a job."""
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {}}}
    for status, text in {
        400: "Wrong use: the problem says what was expected, what came and what to do.",
        404: "No such model, case or upload.",
        410: "An upload that is not kept any more: newer ones took its place, or the server was started again.",
        409: "The model or the corpus cannot do it; the problem holds the command that helps.",
        422: "The body or an uploaded file cannot be read.",
        503: "Too many calls wait; Retry-After says when to ask again.",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, ready for a worker.

    Args:
        model: Name of the model.
        call: What the worker is asked.
        path: The upload that is asked about or looked for; None without one.
        names: Names of its files, for people.
        folders: Fields of the request that name a folder to write into.
        request: What was asked, as it came.
    """

    model: str
    call: Call
    path: str | None
    names: str
    folders: tuple[str, ...]
    request: Mapping[str, Any]


async def answer(site: Site, asked: Asked, told: Callable[[dict[str, Any]], None] | None = None) -> dict[str, Any]:
    """The prediction of one call, as the API says it."""
    shown = await _predicted(site, asked, told)
    if asked.call.given is not None and asked.call.given.case is not None:
        site.predictions.add(asked.model, asked.call.given.case, asked.call.settings, asked.request, shown)
    return shown


async def _predicted(site: Site, asked: Asked, told: Callable[[dict[str, Any]], None] | None) -> dict[str, Any]:
    if not asked.folders:
        return await _said(await site.crew.ask(asked.model, asked.call, told=told), asked)
    with site.results.writing(f"{asked.model} {asked.call.key}") as (result_id, folder):
        request = {**asked.call.request, **dict.fromkeys(asked.folders, str(folder))}
        prediction = await site.crew.ask(asked.model, replace(asked.call, request=request), told=told)
        return _with_addresses(await _said(prediction, asked), result_id)


async def _said(prediction: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """As `said`; in a thread where the prediction is long, for which nobody else need wait."""
    say = partial(said, prediction, path=asked.path, names=asked.names)
    return await run_in_threadpool(say) if _is_long(prediction) else say()


async def _written(prediction: dict[str, Any]) -> Response:
    """A prediction as an answer; in a thread where it is long."""
    return await run_in_threadpool(PlainJSON, prediction) if _is_long(prediction) else PlainJSON(prediction)


def _is_long(prediction: Mapping[str, Any]) -> bool:
    return len(prediction["evidence"]) > _MANY


def prepare(site: Site, task: Any, body: Any) -> Asked:
    """Check a body and look up what it names.

    Raises:
        UsageError: a request that makes no sense.
        NotFoundError: no such model, case or upload.
    """
    model = site.crew.model_or_only(body.model)
    request = body.request.model_dump(exclude_unset=True)
    uploads = {name: site.uploads.find(request[name]) for name in files_of(task.Request) if request.get(name)}
    given, upload = _given(site, body.input) if task.reads_image else (None, next(iter(uploads.values()), None))
    came, request = request, {**request, **{name: str(one.path) for name, one in uploads.items()}}
    task.Request.of(request)
    settings = body.settings.model_dump(exclude_unset=True)
    task.Settings.of(settings)
    call = Call("predict", task.name, settings, request, given)
    path, names = (None, "") if upload is None else (str(upload.path), ", ".join(upload.names))
    return Asked(model, call, path, names, folders_of(task.Request), came)


async def _prepared(site: Site, task: Any, body: Any) -> Asked:
    """As `prepare`; in a thread where a case is looked up in the corpus, which a search need not wait for."""
    return await run_in_threadpool(prepare, site, task, body) if task.reads_image else prepare(site, task, body)


def _given(site: Site, body: GivenBody) -> tuple[Given, Upload | None]:
    if body.upload is not None:
        upload = site.uploads.find(body.upload)
        return Given(path=str(upload.path), modality=body.modality, without=body.without), upload
    if body.case is None:
        raise NotFoundError("expected a case or an upload as input, got neither; name one")
    if body.case not in site.cases:
        raise NotFoundError(f"expected the id of a case of the corpus, got {body.case}; see /cases")
    return Given(case=body.case, without=body.without), None


def _with_addresses(prediction: dict[str, Any], result: str) -> dict[str, Any]:
    """Files of masks as addresses below /results/."""
    masks = [_addressed(mask, result) for mask in prediction["value"].get("masks", ())]
    return {**prediction, "value": {**prediction["value"], "masks": masks}}


def _addressed(mask: dict[str, Any], result: str) -> dict[str, Any]:
    files = {
        name: f"/api/v1/results/{result}/{Path(value).name}"
        for name, value in mask.items()
        if name in ("file", "uncertainty_file") and value
    }
    return {**mask, **files}


def _endpoint(task: Any) -> Callable[..., Any]:
    body_type = body_of(task)

    async def endpoint(
        body: Any, site: SiteOf, prefer: str | None = Header(None, description="respond-async")
    ) -> Response:
        asked = await _prepared(site, task, body)
        if prefer is None or not _ASYNC.search(prefer):
            return await _written(await answer(site, asked))
        job = site.jobs.start(lambda told: answer(site, asked, told))
        return PlainJSON({"job": job.id}, status_code=202)

    endpoint.__annotations__["body"] = body_type
    return endpoint


def _add(task: Any) -> None:
    verb = task.verb or task.name
    example = {"example": ANSWER_EXAMPLES[task.name]} if task.name in ANSWER_EXAMPLES else {}
    router.add_api_route(
        f"/{verb}",
        _endpoint(task),
        methods=["POST"],
        response_model=dict[str, Any],
        name=verb,
        summary=summary_of(task.__doc__),
        description=description_of(task.__doc__),
        responses={
            200: {
                "description": "The prediction; the example lacks what is null.",
                "content": {"application/json": example},
            },
            202: {
                "description": "Under way as a job, which was asked for by Prefer: respond-async.",
                "content": {"application/json": {"example": JOB_BEGUN}},
            },
            **PROBLEMS,
        },
    )


@router.get("/tasks")
def tasks() -> dict[str, Any]:
    """List the tasks with the JSON schema of what each is asked."""
    return {
        kind.verb or name: {"summary": summary_of(kind.__doc__), "reads_image": kind.reads_image, "body": _schema(kind)}
        for name, kind in TASKS.load_all().items()
    }


def _schema(task: Any) -> dict[str, Any]:
    return body_of(task).model_json_schema()


for _task in TASKS.load_all().values():
    _add(_task)
