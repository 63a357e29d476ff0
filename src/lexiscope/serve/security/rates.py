"""`Rates`: how many requests of each who asks are let through in a minute."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

_MOST = 10_000  # who asked longest ago is forgotten; his allowance is full again by then
_MINUTE_S = 60.0


class Rates:
    """An allowance for each name that fills up evenly, and is used up by one for each request.

    Args:
        per_minute: Requests in a minute; as many may come at once.
        clock: Seconds that only grow.

    Example:
        >>> rates = Rates(2, clock=lambda: 0.0)
        >>> [rates.wait_s("a"), rates.wait_s("a"), rates.wait_s("a"), rates.wait_s("b")]
        [0, 0, 30, 0]
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, name: str) -> int:
        """0 where a request is let through, else whole seconds after which the next one may be."""
        left = self._now(name)
        self._left[name] = (left - 1 if left >= 1 else left, self._clock())
        self._left.move_to_end(name)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)
        return self._until(left)

    def would_wait_s(self, name: str) -> int:
        """As `wait_s`, without using anything up."""
        return self._until(self._now(name))

    def _now(self, name: str) -> float:
        left, then = self._left.get(name, (self._most, self._clock()))
        return min(self._most, left + (self._clock() - then) * self._most / _MINUTE_S)

    def _until(self, left: float) -> int:
        return 0 if left >= 1 else max(1, math.ceil((1 - left) * _MINUTE_S / self._most))
