"""`WorkerProcess`: a child process with a socket pair to it; whoever holds it reads and writes lines of JSON."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from lexiscope.core.plain import json_text
from lexiscope.serve.workers.call import Opening

# One thread each: several models, the server and whoever else shares this machine would only wait for each other.
_ALONE = {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "OMP_WAIT_POLICY": "PASSIVE"}

Message = dict[str, Any]


class WorkerProcess:
    """One running child.

    Args:
        opening: What it holds open.
        receive: Called with each of its messages, and at last with None when it has ended; in a thread of its own.
    """

    def __init__(self, opening: Opening, receive: Callable[["WorkerProcess", Message | None], None]) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "lexiscope.serve.workers.child", str(theirs.fileno())]
        environment = {**_ALONE, "HF_HUB_OFFLINE": "1", **os.environ}
        with theirs:
            self._child = subprocess.Popen(  # noqa: S603 - this very program
                command, pass_fds=(theirs.fileno(),), env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
            )
        self._channel = ours
        self._sending = Lock()
        self.send_line(opening.to_json())
        Thread(target=self._read, args=(receive,), daemon=True, name=f"worker-{self._child.pid}").start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._child.pid

    def send(self, message: Message) -> None:
        """Send one message; one to a child that has just died is lost, and `receive` is told of the death."""
        self.send_line(json_text(message))

    def send_line(self, line: str) -> None:
        """As `send`, of a line that is JSON already."""
        with self._sending:
            try:
                self._channel.sendall(line.encode("utf-8") + b"\n")
            except OSError:
                return

    def end(self, *, wait_s: float) -> None:
        """Close the line, by which the child ends; kill it when it does not."""
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)
        try:
            self._child.wait(wait_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self._child.send_signal(signal.SIGKILL)

    def _read(self, receive: Callable[["WorkerProcess", Message | None], None]) -> None:
        try:
            for line in self._channel.makefile("r", encoding="utf-8", newline="\n"):
                receive(self, json.loads(line, parse_constant=_nothing))
        except (OSError, ValueError):  # cut in the middle of a line: the child died
            pass
        self._child.wait()
        self._channel.close()
        receive(self, None)


def _nothing(_: str) -> None:
    """NaN and infinities, which JSON does not have, are null to those who ask."""
