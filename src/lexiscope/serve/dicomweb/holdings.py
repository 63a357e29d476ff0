"""`Holdings`: the studies that a corpus gives, in its order or by UID."""

import threading
from collections.abc import Iterator

from lexiscope.corpus import Corpus
from lexiscope.serve.dicomweb.study import COLUMNS, Series, Study, study_of, study_uid
from lexiscope.serve.problems import NotFoundError


class Holdings:
    """The studies of a corpus. UIDs are looked up in a table that is made once a version of the corpus.

    Args:
        corpus: The corpus; what others write is seen after its `refresh`.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._lock = threading.Lock()
        self._version = ""
        self._ids: dict[str, str] = {}

    def studies(self, uid: str | None = None) -> Iterator[Study]:
        """All studies that have something to give, or the one of a UID, if there is one."""
        if uid is not None:
            found = self._find(uid)
            return iter([] if found is None else [found])
        rows = self.corpus.rows(columns=COLUMNS)
        return (study for study in map(study_of, rows) if study.series)

    def study(self, uid: str) -> Study:
        """The study of a UID.

        Raises:
            NotFoundError: there is none.
        """
        found = self._find(uid)
        if found is None:
            raise NotFoundError(f"expected the UID of a study of this corpus, got {uid[:64]}; search /studies for them")
        return found

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

    def _find(self, uid: str) -> Study | None:
        with self._lock:
            self._bring_up_to_date()
            case = self._ids.get(uid)
        row = None if case is None else self.corpus.stored_rows([case]).get(case)
        study = None if row is None else study_of(row)
        return study if study is not None and study.series else None

    def _bring_up_to_date(self) -> None:
        version = self.corpus.version
        if version != self._version:
            rows = self.corpus.rows(columns=["id", "group"])
            self._ids = {study_uid(row["group"], row["id"]): row["id"] for row in rows}
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
