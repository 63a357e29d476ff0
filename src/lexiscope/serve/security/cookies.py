"""Cookies of a session: one that only the browser reads, one that the page reads to prove that it is the page."""

from starlette.requests import Request
from starlette.responses import Response

from lexiscope.serve.security.sessions import LASTS_S, Session

SESSION = "lexiscope-session"
CSRF = "lexiscope-csrf"
CSRF_HEADER = "X-Lexiscope-CSRF"


def set_cookies(response: Response, session: Session, *, secure: bool) -> None:
    """Tell a browser its session.

    Args:
        secure: Whether the browser may send the cookies by https alone.
    """
    for name, value, hidden in ((SESSION, session.id, True), (CSRF, session.csrf, False)):
        response.set_cookie(name, value, max_age=LASTS_S, path="/", secure=secure, httponly=hidden, samesite="strict")


def forget_cookies(response: Response) -> None:
    """Tell a browser that its session is over."""
    for name in (SESSION, CSRF):
        response.delete_cookie(name, path="/", samesite="strict")


def is_https(request: Request) -> bool:
    """True where the browser speaks https, to this server or to a proxy before it."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")
