"""`PictureProcess`: a child of low priority that makes pictures; a damaged file may end it, never the server."""

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path

from lexiscope.serve.pictures.shown_file import ShownFile

_PATIENCE_S = 120.0  # for one picture, while others have the processor
_DEATHS = 3
_logger = logging.getLogger(__name__)


class PictureProcess:
    """One child at a time, started with the first picture and again after a file that ended it.

    Args:
        folder: Folder that pictures are kept in.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: Process | None = None
        self._deaths = 0

    @property
    def pid(self) -> int | None:
        """Process id of the running child."""
        return None if self._child is None else self._child.pid

    @property
    def is_of_use(self) -> bool:
        """False once so many files ended it that it is not started again."""
        return self._deaths < _DEATHS

    async def make(self, shown: ShownFile) -> None:
        """Make the pictures of a file that are not there yet; returns when it is done, or cannot be done."""
        if self._child is None:
            command = [sys.executable, "-m", "lexiscope.serve.pictures.maker", str(self._folder)]
            self._child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        if await _answer(self._child, shown.to_json()):
            return
        _logger.info("the process that makes pictures ended at %s", shown.content)
        self._deaths += 1
        await self.end()

    async def end(self) -> None:
        """End the child, whatever it does; what it was making is not there."""
        child, self._child = self._child, None
        if child is None:
            return
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _answer(child: Process, line: str) -> bytes:
    """The child's answer; nothing where it died or takes too long."""
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(ConnectionError, TimeoutError):
        child.stdin.write(line.encode() + b"\n")
        await child.stdin.drain()
        return await asyncio.wait_for(child.stdout.readline(), _PATIENCE_S)
    return b""
