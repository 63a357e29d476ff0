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
    """Log of the refused turns of one author; when the block ends well it replaces the author's earlier lines.

    Args:
        corpus: Directory of the corpus.
        author: Name that signs the turns of this run.
    """
    path = corpus / FILE
    with write_beside(path) as part, part.open("w", encoding="utf-8") as stream:

        def log(rejected: RejectedTurn) -> None:
            stream.write(json.dumps(asdict(rejected), ensure_ascii=False) + "\n")

        for earlier in read_rejected_turns(corpus):
            if earlier.author != author:
                log(earlier)
        yield log


def read_rejected_turns(corpus: Path) -> Iterator[RejectedTurn]:
    """Lines of a corpus's `rejected-turns.jsonl`; none where there is no such file."""
    path = corpus / FILE
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield RejectedTurn(**json.loads(line))
