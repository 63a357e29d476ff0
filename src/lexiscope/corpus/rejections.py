"""`rejected.jsonl`: every input that could not be used, why, and what to do; one line each, of every source."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from lexiscope.core.files import write_beside
from lexiscope.sources.draft import Rejected


class Rejections:
    """The rejections of the build that is running."""

    def __init__(self, stream: TextIO, source: str) -> None:
        self._stream = stream
        self._source = source
        self.count = 0

    def add(self, rejected: Rejected) -> None:
        """Note one input."""
        line = {"path": rejected.path, "reason": rejected.reason, "remedy": rejected.remedy, "source": self._source}
        self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.count += 1


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
    path = corpus / "rejected.jsonl"
    with write_beside(path) as part, part.open("w", encoding="utf-8") as stream:
        for line in read_rejections(corpus):
            if line["source"] != source:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        yield Rejections(stream, source)


def read_rejections(corpus: Path) -> Iterator[dict[str, Any]]:
    """The lines of a corpus's `rejected.jsonl`."""
    path = corpus / "rejected.jsonl"
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
