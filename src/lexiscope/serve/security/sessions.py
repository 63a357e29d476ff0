"""`Sessions`: browsers that have logged in. Their cookies hold a name of the session, never the token."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from lexiscope.serve.security.keys import Role

_MOST = 1024  # the one that was used least recently goes
LASTS_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """One browser.

    Args:
        id: What its cookie says.
        csrf: What its page says beside the cookie when it writes, which no other site can read.
        role: What it may do.
        ends: When it is over, in seconds of the clock.
    """

    id: str
    csrf: str
    role: Role
    ends: float


class Sessions:
    """Sessions in memory: a restart ends them all.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def begin(self, role: Role) -> Session:
        """A new session."""
        session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), role, self._clock() + LASTS_S)
        self._sessions[session.id] = session
        while len(self._sessions) > _MOST:
            self._sessions.popitem(last=False)
        return session

    def find(self, session_id: str) -> Session | None:
        """A session that goes on; None for one that ended, or never was."""
        session = self._sessions.get(session_id)
        if session is None:
            return None
        if session.ends <= self._clock():
            self.end(session_id)
            return None
        self._sessions.move_to_end(session_id)
        return session

    def end(self, session_id: str) -> None:
        """End a session, if there is one."""
        self._sessions.pop(session_id, None)
