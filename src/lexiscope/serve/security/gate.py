"""`Gate`: who comes, and what whoever comes may do."""

import hmac
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from lexiscope.serve.config import ServeConfig
from lexiscope.serve.security.cookies import CSRF_HEADER, SESSION
from lexiscope.serve.security.keys import Keys, Role
from lexiscope.serve.security.rates import Rates
from lexiscope.serve.security.sessions import Session, Sessions

_ATTEMPTS = 20  # wrong tokens of one address in a minute
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks.

    Args:
        name: By what requests are counted; never written anywhere.
        role: What is allowed.
        session: Session of a browser; None for a token, and where none is needed.
    """

    name: str
    role: Role
    session: Session | None = None


class Gate:
    """Tokens, sessions and allowances of a server.

    Args:
        config: Tokens and rates.
    """

    def __init__(self, config: ServeConfig) -> None:
        self.keys = Keys(config)
        self.sessions = Sessions()
        self.rates = Rates(config.rate)
        self.attempts = Rates(_ATTEMPTS)

    def visitor(self, request: HTTPConnection) -> Visitor | None:
        """Who asks; None for whoever has no token and needs one."""
        if self.keys.without is not None:
            return Visitor(address(request), self.keys.without)
        said = request.headers.get("authorization", "")
        if said.lower().startswith(_BEARER):
            token = said[len(_BEARER) :].strip()
            role = self.keys.role(token)
            return None if role is None else Visitor(f"token {role}", role)
        session = self.sessions.find(request.cookies.get(SESSION, ""))
        return None if session is None else Visitor(f"session {session.id}", session.role, session)


def address(request: HTTPConnection) -> str:
    """Address that the request comes from, as the socket says it."""
    return f"address {request.client.host if request.client else 'unknown'}"


def proves_itself(request: HTTPConnection, visitor: Visitor) -> bool:
    """True unless a cookie alone, which a browser sends by itself, speaks for the visitor."""
    if visitor.session is None:
        return True
    given = request.headers.get(CSRF_HEADER, "")
    return hmac.compare_digest(given.encode("utf-8"), visitor.session.csrf.encode("utf-8"))
