"""`AsyncDesk`: a desk for callers on the event loop, which goes on while the desk computes."""

from threading import Event, Lock
from typing import Any

from anyio import to_thread

from lexiscope.serve.workers.call import Call
from lexiscope.serve.workers.desk import Desk


class AsyncDesk:
    """One call after another, each in a thread; a call that was given up before its turn is left out.

    Args:
        desk: Tasks of one model, each opened at its first call.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turn = Lock()

    async def answer(self, call: Call) -> dict[str, Any]:
        """The prediction of a call, as `Prediction.to_dict` gives it.

        Raises:
            LexiscopeError: what went wrong.
        """
        given_up = Event()
        try:
            answer = await to_thread.run_sync(self._in_turn, call, given_up, abandon_on_cancel=True)
        finally:
            given_up.set()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _in_turn(self, call: Call, given_up: Event) -> dict[str, Any] | BaseException:
        with self._turn:
            return {} if given_up.is_set() else self._desk.answer([call])[0]
