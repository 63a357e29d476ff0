"""`rejected.jsonl`: every input that could not be used, why, and what to do; one line each, of every source.

A line of kind "rejected" is an input that was tried; one of kind "unread" is a known file that no case uses.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from lexiscope.core.files import write_beside
from lexiscope.core.plain import json_text, plain
from lexiscope.sources.draft import Rejected, Unread

_REJECTED, _UNREAD = "rejected", "unread"

_DAMAGED = "rejected.jsonl"  # source of a line that cannot be read


class Rejections:
    """The rejections of the build that is running, with the counts of inputs rejected and of files unread."""

    def __init__(self, stream: TextIO, source: str) -> None:
        self._stream = stream
        self._source = source
        self.count = 0
        self.unread = 0

    def add(self, rejected: Rejected) -> None:
        """Note one input."""
        is_unread = isinstance(rejected, Unread)
        noted = {
            "path": rejected.path,
            "reason": rejected.reason,
            "remedy": rejected.remedy,
            "source": self._source,
            "kind": _UNREAD if is_unread else _REJECTED,
        }
        self._stream.write(_line({name: plain(text) for name, text in noted.items()}))
        self.count += not is_unread
        self.unread += is_unread


@contextmanager
def log_rejections(corpus: Path, source: str) -> Iterator[Rejections]:
    """Collect what a build of `source` rejects; when the block ends well this replaces the source's earlier lines.

    Lines of other sources stay. A build that dies leaves the file as it was; the next one notes everything again.

    Example:
        >>> import tempfile
        >>> corpus = Path(tempfile.mkdtemp())
        >>> with log_rejections(corpus, "table") as rejections:
        ...     rejections.add(Rejected("a.csv:3", "no image", "name one"))
        >>> [line["reason"] for line in read_rejections(corpus)]
        ['no image']
    """
    path, source = corpus / "rejected.jsonl", plain(source)
    with write_beside(path) as part, part.open("w", encoding="utf-8") as stream:
        for line in read_rejections(corpus):
            if line["source"] not in (source, _DAMAGED):
                stream.write(_line(line))
        yield Rejections(stream, source)


def read_rejections(corpus: Path) -> Iterator[dict[str, Any]]:
    """The lines of a corpus's `rejected.jsonl`, each with its kind; those of earlier versions were all rejected.

    A line that is damaged says so, and goes with the next build.
    """
    path = corpus / "rejected.jsonl"
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as stream:
        for number, line in enumerate(stream, start=1):
            yield {"kind": _REJECTED} | (
                _read(line)
                or {
                    "path": f"{path.name}:{number}",
                    "reason": "the line is damaged, and which input it named is lost",
                    "remedy": "build again: every build notes all that it rejects",
                    "source": _DAMAGED,
                }
            )


def _read(line: str) -> dict[str, Any] | None:
    try:
        noted = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return noted if isinstance(noted, dict) and {"path", "reason", "remedy", "source"} <= noted.keys() else None


def _line(noted: Mapping[str, Any]) -> str:
    return json_text(noted) + "\n"
