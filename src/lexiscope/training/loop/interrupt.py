"""Stopping a run between two steps, never within one."""

import signal
import threading
from types import FrameType, TracebackType


class StopRequest:
    """While active, the first Ctrl-C or SIGTERM asks the loop to stop after its step; the second stops at once.

    Signals reach the main thread only; in any other the request never comes.
    """

    requested = False

    def __enter__(self) -> "StopRequest":
        self._before = {}
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def raise_if_requested(self) -> None:
        """Raise what Ctrl-C would have raised, now that everything is saved."""
        if self.requested:
            raise KeyboardInterrupt

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
