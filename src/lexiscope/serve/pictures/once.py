"""`Once`: what takes long is made once where several ask for it at a time, and little of it at a time."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

_Made = TypeVar("_Made")


class Once(Generic[_Made]):
    """Makes things by key; who asks for what is being made gets that.

    Args:
        at_once: Things that are made at a time; others wait, so that many requests take no more memory than few.

    Example:
        >>> Once(at_once=1).run("a", lambda: 3 * 3)
        9
    """

    def __init__(self, *, at_once: int = 2) -> None:
        self._lock = threading.Lock()
        self._turn = threading.BoundedSemaphore(at_once)
        self._making: dict[Hashable, Future[_Made]] = {}

    def run(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, or gives to somebody else who asks at the same time; errors are given to all of them.

        Args:
            key: What it is.
            make: Makes it; it must not run anything here, which might wait for itself.
        """
        mine: Future[_Made] = Future()
        with self._lock:
            making = self._making.setdefault(key, mine)
        return self._made(key, make, mine) if making is mine else making.result()

    def _made(self, key: Hashable, make: Callable[[], _Made], mine: "Future[_Made]") -> _Made:
        try:
            with self._turn:
                made = make()
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(made)
            return made
        finally:
            with self._lock:
                del self._making[key]
