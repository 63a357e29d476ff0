"""`Kept`: what took long to make, kept in memory up to a number of bytes; made once where several ask at a time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

_Made = TypeVar("_Made")


class Kept(Generic[_Made]):
    """Things by key, the least recently asked for leaving first.

    One thing larger than the limit is kept alone, since a picture is asked for tile by tile. What fails is not kept.

    Args:
        most_bytes: Bytes of all that is kept.
        at_once: Things that are made at a time; others wait, so that many requests take no more memory than few.

    Example:
        >>> kept = Kept(most_bytes=10)
        >>> kept.get("a", lambda: "slow", size=len), kept.get("a", lambda: "again", size=len)
        ('slow', 'slow')
    """

    def __init__(self, *, most_bytes: int, at_once: int = 2) -> None:
        self.most_bytes = most_bytes
        self._lock = threading.Lock()
        self._turn = threading.BoundedSemaphore(at_once)
        self._kept: OrderedDict[Hashable, tuple[_Made, int]] = OrderedDict()
        self._making: dict[Hashable, Future[_Made]] = {}

    def get(self, key: Hashable, make: Callable[[], _Made], *, size: Callable[[_Made], int]) -> _Made:
        """What is kept under a key, made now where nothing is.

        Args:
            key: What it is.
            make: Makes it; it must not ask for anything kept here, which might wait for itself.
            size: Bytes that it takes.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
            waiting = self._making.get(key)
            mine: Future[_Made] = Future()
            if waiting is None:
                self._making[key] = mine
        return waiting.result() if waiting is not None else self._made(key, make, size, mine)

    @property
    def held_bytes(self) -> int:
        """Bytes that are kept now."""
        with self._lock:
            return sum(size for _, size in self._kept.values())

    def _made(
        self, key: Hashable, make: Callable[[], _Made], size: Callable[[_Made], int], mine: "Future[_Made]"
    ) -> _Made:
        try:
            with self._turn:
                made = make()
            self._keep(key, made, size(made))
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(made)
            return made
        finally:
            with self._lock:
                self._making.pop(key, None)

    def _keep(self, key: Hashable, made: _Made, size: int) -> None:
        with self._lock:
            self._kept[key] = (made, size)
            held = sum(size for _, size in self._kept.values())
            while held > self.most_bytes and len(self._kept) > 1:
                held -= self._kept.popitem(last=False)[1][1]
