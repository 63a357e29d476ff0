"""`save_correction`: a correction of a person, on the disk and then in the rows."""

import time as clock
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lexiscope.core.errors import LexiscopeError
from lexiscope.corpus.corrections.correction import CorrectedPrediction, Correction, Value
from lexiscope.corpus.corrections.kinds import corrected
from lexiscope.corpus.store import Corpus

_WAIT = 2.0  # seconds for another process to end its writing; after them, it applies the correction when it does
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Saved:
    """A correction that is on the disk.

    Args:
        correction: The correction.
        applied: True where the rows have it already. False while another process writes to the corpus: that one
            applies it when it ends, or else whoever opens the corpus next.
    """

    correction: Correction
    applied: bool


def save_correction(
    corpus: Corpus | Path | str,
    case: str,
    value: Value,
    *,
    by: str | None = None,
    corrects: CorrectedPrediction | None = None,
    note: str | None = None,
) -> Saved:
    """Save what a person says instead; the corpus has it from then on, whatever writes to it.

    Nothing is overwritten: the correction is a new file in `corrections/`, and what the case said before is in it. When
    this returns the file is on the disk. Corpora that are open already see it after `refresh`.

    Args:
        corpus: An open corpus, or its directory.
        case: Id of the case.
        value: The corrected value.
        by: Name of the person, where it should be kept.
        corrects: The prediction that it corrects.
        note: Remark of the person.

    Raises:
        CorpusError: no such case.
        UsageError: the value does not fit the case.
        LexiscopeError: the corpus cannot be written.

    Example:
        >>> import tempfile
        >>> from lexiscope.corpus.corrections.attribute import CorrectedAttribute
        >>> from lexiscope.testing import make_corpus
        >>> corpus = make_corpus(Path(tempfile.mkdtemp()) / "corpus", 2)
        >>> saved = save_correction(corpus, "case-0000", CorrectedAttribute("colour", "violet"))
        >>> corpus.refresh()
        >>> saved.applied, corpus["case-0000"].attributes["colour"]
        (True, 'violet')
    """
    corpus = Corpus.of(corpus)
    with corpus.ledger.adding() as number:
        opened = corpus.open_again()  # an open corpus holds its lock for all threads of a server that share it
        now = corrected(opened[case], opened.ledger.corrections(case))
        value.require(now)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        correction = Correction(number, case, value, value.before(now), at, by=by, corrects=corrects, note=note)
        opened.ledger.add(correction)
        return Saved(correction, _apply(opened))


def _apply(corpus: Corpus) -> bool:
    """Let the rows have what is waiting; False where another process goes on writing."""
    end = clock.monotonic() + _WAIT
    while True:
        try:
            with corpus.writing():
                return True
        except LexiscopeError:
            if clock.monotonic() > end:
                return False
        clock.sleep(_PAUSE)
