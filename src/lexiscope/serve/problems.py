"""Errors as `application/problem+json` (RFC 9457): what was expected, what came, what to do."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lexiscope.core.errors import LexiscopeError
from lexiscope.core.plain import one_line
from lexiscope.serve.places import Places
from lexiscope.serve.workers.worker import BusyError, CallFailedError, WorkerDiedError

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = {429: 60, 503: 1}

_STATUS = {
    "UsageError": 400,
    "CaseError": 400,
    "SourceError": 422,
    "ViewError": 422,
    "IrregularFileError": 422,
    "CorpusError": 409,
    "ModelError": 409,
    "IndexStoreError": 409,
    "EvaluationError": 409,
    "WeightsError": 409,
    "LeakageError": 409,
    "MissingExtraError": 501,
    "BusyError": 503,
    "WorkerDiedError": 500,
    "NotAcceptableError": 406,
    "ArchiveError": 502,
}
_WRONG = 5  # fields of a request that are told
_START, _END = 3000, 1000  # characters of a message that are told: what came may be as long as a request
_OTHER = "Input should be "  # how pydantic says that a value is not the one that may come
_SAID = re.compile(r"expected (?P<expected>.*?), (?:got|found) (?P<came>.*)", re.DOTALL)


class NotFoundError(LexiscopeError):
    """Nothing of that name here."""


class GoneError(LexiscopeError):
    """What ended with the server, or ends with it now."""


class TooLargeError(LexiscopeError):
    """More than the server takes."""


class ForbiddenError(LexiscopeError):
    """Not with these rights."""


class NotAllowedError(LexiscopeError):
    """A token that is none of this server."""


class TooManyError(LexiscopeError):
    """More often than is allowed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as the API says it.

    Args:
        status: HTTP status.
        title: Short name of the kind of error.
        detail: The whole message.
        expected: What was expected; None where the message does not say.
        came: What came.
        do: What to do.
    """

    status: int
    title: str
    detail: str
    expected: str | None = None
    came: str | None = None
    do: str | None = None

    @classmethod
    def of(cls, error: Exception) -> "Problem":
        """An error of ours, in the server or in a worker; of any other only its kind is said."""
        kind = error.kind if isinstance(error, CallFailedError) else _kind(error)
        status = _STATUS.get(kind) or _OWN.get(type(error), 500)
        if status == HTTPStatus.BAD_REQUEST and "has no case" in str(error):
            status = 404
        message = str(error) if isinstance(error, LexiscopeError) else "the server failed; its log holds the reason"
        return cls.said(status, kind, message, remedy=getattr(error, "remedy", None))

    @classmethod
    def said(cls, status: int, title: str, message: str, *, remedy: str | None = None) -> "Problem":
        """A message of the house's form, "expected X, got Y; do Z", in its parts.

        Example:
            >>> Problem.said(400, "UsageError", "expected an image, got a text; name a file").do
            'name a file'
        """
        detail = _shortened(one_line(message))
        told, _, advice = detail.rpartition("; ")
        parts = _SAID.search(told or advice)
        said = (None, None) if parts is None else (parts["expected"], parts["came"])
        do = remedy or (advice if told else None)
        return cls(status, title, detail, expected=said[0], came=said[1], do=do)

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the answer beside its type."""
        return {"Retry-After": str(_RETRY_AFTER_S[self.status])} if self.status in _RETRY_AFTER_S else {}

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        shown = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        return {**shown, "expected": self.expected, "came": self.came, "do": self.do}

    def response(self, places: Places | None = None) -> JSONResponse:
        """The answer to a request.

        Args:
            places: What is not said of this machine; left out where the message names no file.
        """
        shown = self.to_dict() if places is None else places.hidden(self.to_dict())
        return JSONResponse(shown, self.status, headers=self.headers, media_type=MEDIA_TYPE)


_OWN: dict[type[Exception], int] = {
    BusyError: 503,
    WorkerDiedError: 500,
    NotFoundError: 404,
    GoneError: 410,
    TooLargeError: 413,
    ForbiddenError: 403,
    NotAllowedError: 401,
    TooManyError: 429,
}


def _field(wrong: Mapping[str, Any]) -> str:
    """Place of a field in a request: "request.k"."""
    return ".".join(map(str, wrong["loc"][1:]))


def _expected(wrong: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """What was expected of the fields of a request and what came, where each was another value than it may be.

    Example:
        >>> _expected([{"loc": ("query", "limit"), "msg": "Input should be less than or equal to 200", "input": "201"}])
        ('limit less than or equal to 200', '201')
    """
    if not all(one["msg"].startswith(_OTHER) and isinstance(one.get("input"), int | float | str) for one in wrong):
        return None
    expected = (f"{_field(one)} {one['msg'].removeprefix(_OTHER)}" for one in wrong)
    return "; ".join(expected), _shortened(one_line("; ".join(str(one["input"]) for one in wrong)))


def _shortened(text: str) -> str:
    """A message without its middle where it is long: the end says what to do."""
    return text if len(text) <= _START + _END else f"{text[:_START]} … {text[-_END:]}"


def _kind(error: Exception) -> str:
    return next((one.__name__ for one in type(error).__mro__ if one.__name__ in _STATUS), type(error).__name__)


def refused(_: Request, error: Exception) -> JSONResponse:
    """The answer to a request that a layer before the routes, or the router, refused by an `HTTPException`."""
    assert isinstance(error, HTTPException)
    response = Problem.said(error.status_code, HTTPStatus(error.status_code).phrase, str(error.detail)).response()
    response.headers.update(error.headers or {})
    return response


def handle_problems(app: FastAPI) -> None:
    """Answer every error with problem+json."""

    @app.exception_handler(LexiscopeError)
    def ours(request: Request, error: LexiscopeError) -> JSONResponse:
        return Problem.of(error).response(request.app.state.site.places)

    @app.exception_handler(RequestValidationError)
    def unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
        wrong = "; ".join(f"{_field(one)}: {one['msg']}" for one in error.errors()[:_WRONG])
        expected, came = _expected(error.errors()[:_WRONG]) or ("a request of the documented form", one_line(wrong))
        do = "compare with the schema at /api/v1/openapi.json"
        return Problem(422, "UsageError", one_line(wrong), expected=expected, came=came, do=do).response()

    app.add_exception_handler(HTTPException, refused)

    @app.exception_handler(Exception)
    def failed(_: Request, error: Exception) -> JSONResponse:
        return Problem.of(error).response()
