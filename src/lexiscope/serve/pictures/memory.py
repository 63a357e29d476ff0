"""`Memory`: what took long to make, kept in memory up to a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from lexiscope.serve.pictures.once import Once

_Made = TypeVar("_Made")


class Memory(Generic[_Made]):
    """Things by key, the least recently asked for leaving first.

    One thing larger than the limit is kept alone, since a picture is asked for tile by tile. What fails is not kept.

    Args:
        most_bytes: Bytes of all that is kept.
        at_once: Things that are made at a time.

    Example:
        >>> kept = Memory(most_bytes=10)
        >>> kept.get("a", lambda: "slow", size=len), kept.get("a", lambda: "again", size=len)
        ('slow', 'slow')
    """

    def __init__(self, *, most_bytes: int, at_once: int = 2) -> None:
        self.most_bytes = most_bytes
        self._once: Once[_Made] = Once(at_once=at_once)
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[_Made, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _Made], *, size: Callable[[_Made], int]) -> _Made:
        """What is kept under a key, made now where nothing is.

        Args:
            key: What it is.
            make: Makes it; it must not ask for anything kept here, which might wait for itself.
            size: Bytes that it takes.
        """
        known = self._known(key)
        return known[0] if known else self._once.run(key, lambda: self._made(key, make, size))

    def _known(self, key: Hashable) -> tuple[_Made] | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return (self._kept[key][0],)

    def _made(self, key: Hashable, make: Callable[[], _Made], size: Callable[[_Made], int]) -> _Made:
        known = self._known(key)  # somebody may have made it between the first look and this one
        if known:
            return known[0]
        made = make()
        with self._lock:
            self._kept[key] = (made, size(made))
            held = sum(size for _, size in self._kept.values())
            while held > self.most_bytes and len(self._kept) > 1:
                held -= self._kept.popitem(last=False)[1][1]
        return made
