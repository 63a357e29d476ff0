"""`rejected-turns.jsonl`: every turn that a filter refused, with the reason; one line each, of every author."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from lexiscope.core.files import write_beside
from lexiscope.language.conversations.candidate_turn import RejectedTurn

FILE = "rejected-turns.jsonl"


@contextmanager
def log_rejected_turns(corpus: Path, author: str) -> Iterator[Callable[[RejectedTurn], None]]:
    """Collect what is refused of one author; when the block ends well this replaces the author's earlier lines."""
    path = corpus / FILE
    with write_beside(path) as part, part.open("w", encoding="utf-8") as stream:

        def note(rejected: RejectedTurn) -> None:
            stream.write(json.dumps(asdict(rejected), ensure_ascii=False) + "\n")

        for earlier in read_rejected_turns(corpus):
            if earlier.author != author:
                note(earlier)
        yield note


def read_rejected_turns(corpus: Path) -> Iterator[RejectedTurn]:
    """The lines of a corpus's `rejected-turns.jsonl`."""
    path = corpus / FILE
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield RejectedTurn(**json.loads(line))
