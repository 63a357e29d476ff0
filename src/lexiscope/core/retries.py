"""`Retries`: how often a server that is busy or broken is asked again, and after how long."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

_LONGEST_WAIT = 60.0  # seconds
_Made = TypeVar("_Made")


class NoAnswerError(Exception):
    """Request without a usable answer; whoever asked turns it into an error that says what to do.

    Args:
        reason: Text that says what came instead.
        status: HTTP status of the answer, None where none came.
        again: Another try may succeed.
        retry_after: Seconds that the server wants to be left alone, None where it says nothing.
    """

    def __init__(
        self, reason: str, *, status: int | None = None, again: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.again = again
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Retries:
    """Policy of trying again: pauses double from try to try, up to a minute; what a server asks for goes before them.

    Args:
        tries: Number of tries in all.
        pause: Seconds before the second try.
        sleep: Function that waits for a number of seconds.

    Example:
        >>> Retries(tries=2).call(lambda: 7)
        7
    """

    tries: int = 5
    pause: float = 1.0
    sleep: Callable[[float], None] = time.sleep

    def call(self, attempt: Callable[[], _Made]) -> _Made:
        """Result of `attempt`, which is made until it succeeds, may not be repeated or has no tries left.

        Raises:
            NoAnswerError: of the last try.
        """
        for number in range(self.tries - 1):
            try:
                return attempt()
            except NoAnswerError as error:
                if not error.again:
                    raise
                self.sleep(self._wait(number, error.retry_after))
        return attempt()

    def _wait(self, number: int, retry_after: float | None) -> float:
        # A random share keeps requests that failed at the same time from coming back at the same time.
        grown = self.pause * 2**number * (1 + random.random())  # noqa: S311
        return min(_LONGEST_WAIT, grown if retry_after is None else retry_after)
