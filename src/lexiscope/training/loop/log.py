"""The log of a run: one JSON line a step or an epoch, always in step with the checkpoint."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lexiscope.core.files import write_text


class MetricsLog:
    """`metrics.jsonl`: lines appended as they happen, cut back to the checkpoint when a run goes on.

    Lines hold no times, so that the log of a run that was killed and resumed equals that of one that was not.

    Args:
        path: File of the log.
        active: True for the one of several processes that writes.
    """

    def __init__(self, path: Path, *, active: bool = True) -> None:
        self._path = path
        self._active = active

    def cut(self, step: int) -> None:
        """Keep the lines up to a step; a line that a kill left half-written is dropped."""
        if not self._active:
            return
        kept = [json.dumps(line) + "\n" for line in read_metrics(self._path) if line["step"] <= step]
        write_text(self._path, "".join(kept))

    def add(self, line: Mapping[str, Any]) -> None:
        """Append one line; it holds "step"."""
        if not self._active:
            return
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a log, oldest first; none when there is no log.

    Example:
        >>> read_metrics(Path("no such log"))
        []
    """
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1] if line]  # what follows the last line end was never finished
