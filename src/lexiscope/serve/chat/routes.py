"""`/v1/models` and `/v1/chat/completions`: the assistants of the served models, in the form of OpenAI's API."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import ValidationError

from lexiscope.core.errors import UsageError
from lexiscope.serve.chat.completion import Completion, failure
from lexiscope.serve.chat.conversation import Conversation, conversation_of
from lexiscope.serve.chat.errors import ChatRoute, ModelNotFoundError, error_of, problem_of
from lexiscope.serve.chat.form import ChatRequest
from lexiscope.serve.chat.images import image_of, is_picture
from lexiscope.serve.problems import NotFoundError
from lexiscope.serve.routes.tasks import Asked, answer, prepare
from lexiscope.serve.site import Site, SiteOf
from lexiscope.serve.uploads import Upload
from lexiscope.serve.wire import body_of
from lexiscope.tasks import TASKS

router = APIRouter(prefix="/v1", tags=["chat"], route_class=ChatRoute)

_TASK = "answer"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_BEAT_S = 10.0  # a comment on a silent stream, so that clients and proxies keep it open


@router.get("/models")
def models(site: SiteOf) -> dict[str, Any]:
    """List the models that have an assistant, in OpenAI's form."""
    return {"object": "list", "data": [_row(site, name) for name in _assistants(site)]}


@router.get("/models/{name}")
def model(name: str, site: SiteOf) -> dict[str, Any]:
    """Tell one of them."""
    return _row(site, _known(site, name))


@router.post("/chat/completions", response_model=None)
async def complete(body: ChatRequest, site: SiteOf) -> Response:
    """Answer the last message of the user about the images of the chat, or about a case that it names.

    The prediction, with its evidence and how sure it is, stands in the field `lexiscope`.
    """
    turn = await run_in_threadpool(_turn, site, body)
    if body.stream:
        usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(_stream(site, turn, usage=usage), media_type="text/event-stream")
    try:
        return JSONResponse(turn.completion.whole(await answer(site, turn.asked)))
    finally:
        _forget_soon(site, turn)


@router.api_route("/{rest:path}", methods=_METHODS, include_in_schema=False)
async def unknown(rest: str, request: Request) -> Response:
    """Whatever else clients of OpenAI ask for is answered in the form that they read."""
    known = "GET /v1/models, GET /v1/models/NAME or POST /v1/chat/completions"
    asked = f"{request.method} /v1/{rest[:80]}"
    raise NotFoundError(f"expected {known}, got {asked}; ask by a chat completion")


@dataclass(frozen=True, slots=True)
class _Turn:
    """One question, ready for a worker; its images lie in an upload until it is answered."""

    completion: Completion
    asked: Asked
    upload: Upload | None


def _turn(site: Site, body: ChatRequest) -> _Turn:
    name = _known(site, body.model)
    said = conversation_of(body.messages)
    upload = _uploaded(site, name, said)
    try:
        asked = prepare(site, TASKS.load(_TASK), _body(name, said, upload))
    except BaseException:
        if upload is not None:
            site.uploads.forget(upload.id)
        raise
    used = {
        "question": said.question,
        "context": said.context,
        "case": said.case,
        "images": len(said.images),
        "modalities": list(said.modalities),
    }
    return _Turn(Completion(name, used), asked, upload)


def _uploaded(site: Site, model: str, said: Conversation) -> Upload | None:
    if not said.images:
        return None
    reads = site.crew.worker(model).about.get("modalities", [])
    if len(said.images) == 1 and not said.modalities and len(reads) > 1 and is_picture(said.images[0]):
        msg = f"expected what the image shows, as the model reads {', '.join(reads)}, got no line that says it"
        raise UsageError(f"{msg}; write a line such as 'modality: {reads[0]}'")
    unsaid: tuple[str | None, ...] = (None,) * len(said.images)
    modalities = said.modalities or unsaid
    if len(modalities) != len(said.images) or (len(said.images) > 1 and None in modalities):
        msg = f"expected what each of {len(said.images)} images shows, got {len(said.modalities)} names"
        raise UsageError(f"{msg}; write a line such as 'modality: flair, t1'")
    pairs = zip(said.images, modalities, strict=True)
    return site.uploads.keep(image_of(url, modality=modality) for url, modality in pairs)


def _body(model: str, said: Conversation, upload: Upload | None) -> Any:
    """The body of the task's own route, which a chat comes down to."""
    given: dict[str, Any] = {"case": said.case}
    if upload is not None:
        alone = said.modalities[0] if len(said.images) == 1 and said.modalities else None
        given = {"upload": upload.id, "modality": alone}
    asked = {"question": said.question, **({} if said.context is None else {"context": said.context})}
    try:
        return body_of(TASKS.load(_TASK))(model=model, input=given, request=asked)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise UsageError(f"expected a chat that can be asked, got {wrong['loc'][-1]}: {wrong['msg']}") from error


async def _stream(site: Site, turn: _Turn, *, usage: bool) -> AsyncIterator[str]:
    """Server-sent events: the first at once, comments while the model computes, then the answer."""
    work = asyncio.ensure_future(answer(site, turn.asked))
    try:
        yield turn.completion.opening()
        while not (await asyncio.wait([work], timeout=_BEAT_S))[0]:
            yield ": still at it\n\n"
        error = work.exception()
        if error is not None:
            assert isinstance(error, Exception)
            yield failure(site.places.hidden(error_of(problem_of(error))))
            return
        for piece in turn.completion.pieces(work.result(), usage=usage):
            yield piece
    finally:
        work.cancel()  # nobody listens any more; of work that is done it changes nothing
        _forget_soon(site, turn)


def _forget_soon(site: Site, turn: _Turn) -> None:
    """Remove the images in a thread; nothing is awaited, as whoever asked may have gone."""
    if turn.upload is not None:
        asyncio.get_running_loop().run_in_executor(None, site.uploads.forget, turn.upload.id)


def _assistants(site: Site) -> list[str]:
    part = TASKS.load(_TASK).part
    return [name for name, directory in site.models.items() if directory.has(part)]


def _known(site: Site, name: str) -> str:
    known = _assistants(site)
    if name not in known:
        has = ", ".join(known) or "none, as no served model has an assistant"
        raise ModelNotFoundError(f"expected the name of a model, got {name[:80]}; the models are {has}")
    return name


def _row(site: Site, name: str) -> dict[str, Any]:
    folder = site.models[name].part(TASKS.load(_TASK).part)
    return {"id": name, "object": "model", "created": int(folder.stat().st_mtime), "owned_by": "lexiscope"}
