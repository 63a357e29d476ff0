"""Errors in OpenAI's form, which its clients turn into their own exceptions."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from lexiscope.core.errors import LexiscopeError
from lexiscope.serve.problems import Problem

PREFIX = "/v1/"
"""Addresses below it answer in this form."""
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ModelNotFoundError(LexiscopeError):
    """No model of that name is served."""


class ChatRoute(APIRoute):
    """A route whose errors have OpenAI's form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, its errors answered."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except (LexiscopeError, RequestValidationError, HTTPException) as error:
                problem = problem_of(error)
                shown = request.app.state.site.places.hidden(error_of(problem))
                return JSONResponse(shown, problem.status, headers=problem.headers)

        return answer


def problem_of(error: Exception) -> Problem:
    """The problem that an error is."""
    if isinstance(error, ModelNotFoundError):
        return Problem.said(404, "model_not_found", str(error))
    if isinstance(error, RequestValidationError):
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()[:5])
        return Problem.said(400, "UsageError", f"expected a chat completion in OpenAI's form, got {wrong}")
    if isinstance(error, HTTPException):
        return Problem.said(error.status_code, HTTPStatus(error.status_code).phrase, str(error.detail))
    return Problem.of(error)


def error_of(problem: Problem) -> dict[str, Any]:
    """The body of an answer; "lexiscope" holds what was expected, what came and what to do."""
    kind = "server_error" if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    told = {"expected": problem.expected, "came": problem.came, "do": problem.do}
    error = {"message": problem.detail, "type": _TYPES.get(problem.status, kind), "param": None, "code": problem.title}
    return {"error": {**error, "lexiscope": told}}
