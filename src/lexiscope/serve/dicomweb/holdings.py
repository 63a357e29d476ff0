"""`Holdings`: the studies that a corpus gives, in its order or by UID."""

import threading
from collections.abc import Callable, Iterator
from itertools import islice

from lexiscope.core.batched import stream_batches
from lexiscope.corpus import Corpus
from lexiscope.serve.dicomweb.study import COLUMNS, Series, Study, is_served, study_of, study_uid
from lexiscope.serve.problems import NotFoundError

_AT_ONCE = 64  # studies that are read from the corpus at a time


class Holdings:
    """The studies of a corpus. Their names are listed once a version of the corpus; the rest is read when asked for.

    Args:
        corpus: The corpus; what others write is seen after its `refresh`.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._lock = threading.Lock()
        self._version = ""
        self._groups: dict[str, str] = {}
        self._cases: dict[str, str] = {}

    def studies(self, accepts: Callable[[str, str], bool] | None = None, *, skip: int = 0) -> Iterator[Study]:
        """Studies that have something to give, in the corpus's order.

        Args:
            accepts: Whether a study is wanted, by the id and the group of its case; all are when left out.
            skip: Wanted studies to skip, without reading them.
        """
        with self._lock:
            self._bring_up_to_date()
            groups = self._groups
        wanted = (case for case, group in groups.items() if accepts is None or accepts(case, group))
        for part in stream_batches(islice(wanted, skip, None), _AT_ONCE):
            rows = self.corpus.stored_rows(part)
            yield from (study_of(rows[case]) for case in part if case in rows)

    def study(self, uid: str) -> Study:
        """The study of a UID.

        Raises:
            NotFoundError: there is none.
        """
        with self._lock:
            self._bring_up_to_date()
            case = self._cases.get(uid)
        row = None if case is None else self.corpus.stored_rows([case]).get(case)
        if row is None:
            raise NotFoundError(f"expected the UID of a study of this corpus, got {uid[:64]}; search /studies for them")
        return study_of(row)

    def series(self, study_uid: str, series_uid: str) -> tuple[Study, Series]:
        """A series and its study.

        Raises:
            NotFoundError: there is none.
        """
        study = self.study(study_uid)
        found = next((series for series in study.series if series.uid == series_uid), None)
        if found is None:
            msg = f"expected the UID of a series of study {study.uid}, got {series_uid[:64]}"
            raise NotFoundError(f"{msg}; search /studies/{study.uid}/series for them")
        return study, found

    def _bring_up_to_date(self) -> None:
        version = self.corpus.version
        if version == self._version:
            return
        rows = (row for row in self.corpus.rows(columns=COLUMNS) if any(is_served(row, one) for one in row["images"]))
        self._groups = {row["id"]: row["group"] for row in rows}
        self._cases = {study_uid(group, case): case for case, group in self._groups.items()}
        self._version = version


def index_of(series: Series, instance_uid: str) -> int:
    """The slice of an instance UID, from 0.

    Raises:
        NotFoundError: the series has none of it.
    """
    found = next((index for index in range(series.count) if series.instance_uid(index) == instance_uid), None)
    if found is None:
        msg = f"expected the UID of an instance of series {series.uid}, got {instance_uid[:64]}"
        raise NotFoundError(f"{msg}; search the series for them")
    return found
