"""`Ledger`: the corrections of a corpus, a numbered file each; whole or not there, and never changed.

corrections/000012.json    a correction, flushed to the disk before anybody is told that it is saved
corrections/applied.json   up to which one the rows have them, and in which state the rows were then
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lexiscope.core.errors import CaseError, CorpusError, LexiscopeError
from lexiscope.core.files import exclusive, flush_to_disk, write_json
from lexiscope.core.owned import require_own
from lexiscope.core.strict_json import read_object
from lexiscope.corpus.corrections.correction import CorrectedPrediction, Correction
from lexiscope.corpus.corrections.kinds import KINDS

FOLDER = "corrections"
_APPLIED = "applied.json"
_NAME = re.compile(r"(\d{6,})\.json")
_WAIT = 30.0  # seconds that one who saves waits for others who do


class Ledger:
    """The corrections of the corpus at a path, read as they are needed.

    Example:
        >>> import tempfile
        >>> Ledger(Path(tempfile.mkdtemp())).corrections()
        []
    """

    def __init__(self, corpus: Path) -> None:
        self.folder = corpus / FOLDER
        self._corpus = corpus
        self._read: dict[int, Correction] = {}

    def corrections(self, case: str | None = None) -> list[Correction]:
        """All corrections, or those of a case, the oldest first.

        Raises:
            CorpusError: a file is damaged, or of a newer lexiscope.
        """
        found = [self._correction(number) for number in self._numbers()]
        return [one for one in found if case is None or one.case == case]

    def by_case(self) -> Mapping[str, Sequence[Correction]]:
        """Id of a case -> its corrections, the oldest first.

        Raises:
            CorpusError: a file is damaged, or of a newer lexiscope.
        """
        found: dict[str, list[Correction]] = defaultdict(list)
        for correction in self.corrections():
            found[correction.case].append(correction)
        return found

    def last(self) -> int:
        """Number of the newest correction; 0 when there is none."""
        return max(self._numbers(), default=0)

    @contextmanager
    def adding(self) -> Iterator[int]:
        """Be the only one who adds a correction while the block runs; gives its number.

        Raises:
            LexiscopeError: others went on adding for half a minute, the corpus is read-only, or a link leads out of it.
        """
        require_own(self._corpus, FOLDER, ".lock")
        self.folder.mkdir(exist_ok=True)
        with exclusive(self.folder / ".lock", what=str(self.folder), wait=_WAIT):
            yield self.last() + 1

    def add(self, correction: Correction) -> None:
        """Write a correction; when this returns it is on the disk. Only within `adding`."""
        path = self.folder / f"{correction.number:06}.json"
        write_json(path, correction.to_dict())
        flush_to_disk(path)

    def waiting(self, rows: int) -> list[str]:
        """Ids of the cases with corrections that the rows do not have yet.

        Args:
            rows: State of the rows now, as their dataset counts it: where an older one came back, all are waiting.

        Raises:
            CorpusError: a file is damaged, or of a newer lexiscope.
        """
        last = self.last()
        if not last:
            return []
        applied, state = self._applied()
        through = applied if rows >= state else 0
        if through >= last:
            return []
        return list(dict.fromkeys(one.case for one in self.corrections() if one.number > through))

    def note_applied(self, through: int, *, rows: int) -> None:
        """Note that the rows have the corrections up to a number.

        Args:
            through: Number of the newest of them.
            rows: State of the rows now.
        """
        write_json(self.folder / _APPLIED, {"through": through, "rows": rows})

    def _numbers(self) -> list[int]:
        if not self.folder.is_dir():
            return []
        return sorted(int(match[1]) for file in self.folder.iterdir() if (match := _NAME.fullmatch(file.name)))

    def _correction(self, number: int) -> Correction:
        if number not in self._read:
            self._read[number] = _read(self.folder / f"{number:06}.json")
        return self._read[number]

    def _applied(self) -> tuple[int, int]:
        """Number and state of the rows that were noted; none where the note is lost, as applying again is harmless."""
        try:
            noted = read_object(self.folder / _APPLIED)
            return int(noted["through"]), int(noted["rows"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0, 0


def _read(path: Path) -> Correction:
    try:
        return _correction(read_object(path))
    except (OSError, ValueError, KeyError, TypeError, CaseError, LexiscopeError) as error:
        msg = f"{path} must be a correction as this lexiscope writes it, got a damaged or newer one ({error})"
        raise CorpusError(f"{msg}; update lexiscope, put the file back from a copy, or move it away") from error


def _correction(record: Mapping[str, Any]) -> Correction:
    corrects = record["corrects"]
    return Correction(
        record["number"],
        record["case"],
        KINDS[record["kind"]].read(record["value"]),
        record["before"],
        record["time"],
        by=record["by"],
        corrects=None if corrects is None else CorrectedPrediction(**corrects),
        note=record["note"],
        author=record["author"],
    )
