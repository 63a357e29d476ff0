"""`/login`, `/logout` and `/session`: a token becomes the session of a browser; programs send the token itself."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lexiscope.serve.problems import MEDIA_TYPE, NotAllowedError, TooManyError
from lexiscope.serve.security.cookies import SESSION, forget_cookies, is_https, set_cookies
from lexiscope.serve.security.gate import Gate, address

router = APIRouter(tags=["server"])


class LoginBody(BaseModel):
    """The token of the server."""

    model_config = ConfigDict(extra="forbid")
    token: Annotated[str, Field(min_length=1, max_length=1000, repr=False)]


class SessionRow(BaseModel):
    """What whoever asks may do."""

    role: Annotated[
        Literal["read", "write"], Field(description="Whether uploads and corrections are taken.", examples=["write"])
    ]
    login: Annotated[bool, Field(description="Whether a token is needed here.", examples=[True])]


async def gate_of(request: Request) -> Gate:
    """Tokens and sessions of the server that answers."""
    gate: Gate = request.app.state.gate
    return gate


GateOf = Annotated[Gate, Depends(gate_of)]


@router.post(
    "/login",
    responses={
        401: {"description": "A wrong token.", "content": {MEDIA_TYPE: {}}},
        429: {"description": "Too many wrong tokens.", "content": {MEDIA_TYPE: {}}},
    },
)
async def login(body: LoginBody, request: Request, response: Response, gate: GateOf) -> SessionRow:
    """Begin a session of a browser: two cookies, one of which the page repeats as X-Lexiscope-CSRF when it writes."""
    if gate.attempts.would_wait_s(address(request)):
        raise TooManyError("expected the token of this server, got too many wrong ones; wait a minute, and look it up")
    role = gate.keys.without or gate.keys.role(body.token)
    if role is None:
        gate.attempts.wait_s(address(request))
        raise NotAllowedError("expected the token of this server, got a wrong one; ask who runs it for the token")
    if gate.keys.without is None:
        set_cookies(response, gate.sessions.begin(role), secure=is_https(request))
    return SessionRow(role=role, login=gate.keys.without is None)


@router.post("/logout", status_code=204)
async def logout(request: Request, gate: GateOf) -> Response:
    """End the session of the browser."""
    gate.sessions.end(request.cookies.get(SESSION, ""))
    response = Response(status_code=204)
    forget_cookies(response)
    return response


@router.get("/session")
async def session(request: Request, gate: GateOf) -> SessionRow:
    """Say what whoever asks may do."""
    return SessionRow(role=request.scope["visitor"].role, login=gate.keys.without is None)
