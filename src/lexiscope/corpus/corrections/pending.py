"""`apply_waiting`: rows get the corrections that they do not have yet, after a kill or while another process wrote."""

from typing import TYPE_CHECKING

from lexiscope.core.batched import stream_batches
from lexiscope.corpus.rows import case_of

if TYPE_CHECKING:
    from lexiscope.corpus.store import Corpus

_BATCH = 256


def apply_waiting(corpus: "Corpus") -> None:
    """Write the cases whose corrections are waiting; done again it changes nothing. Only for the holder of the lock.

    A correction of a case that the corpus does not have is applied when the case comes.

    Args:
        corpus: Corpus, within `writing`.

    Raises:
        CorpusError: a correction is damaged, or the rows cannot be written.
    """
    through = corpus.ledger.last()  # before the cases are looked up: one that comes now is for the next time
    waiting = corpus.ledger.waiting(corpus.revision)
    if not waiting:
        return
    for batch in stream_batches(waiting, _BATCH):
        corpus.upsert([case_of(row) for row in corpus.stored_rows(batch).values()])
    corpus.ledger.note_applied(through, rows=corpus.revision)
