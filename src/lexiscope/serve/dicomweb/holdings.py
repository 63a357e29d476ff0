"""`Holdings`: the studies that a corpus gives, in its order or by UID."""

from collections.abc import Callable, Iterator
from itertools import islice

from lexiscope.core.batched import stream_batches
from lexiscope.corpus import Corpus
from lexiscope.serve.dicomweb.study import COLUMNS, Series, Study, is_served, study_of, study_uid
from lexiscope.serve.problems import NotFoundError

_AT_ONCE = 64  # studies that are read from the corpus at a time


class Holdings:
    """The studies of a corpus as it is now: their names are listed, the rest is read when asked for.

    Args:
        corpus: The corpus.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        rows = (row for row in corpus.rows(columns=COLUMNS) if any(is_served(row, one) for one in row["images"]))
        self._groups = {row["id"]: row["group"] for row in rows}
        self._cases = {study_uid(group, case): case for case, group in self._groups.items()}

    def studies(self, accepts: Callable[[str, str], bool] | None = None, *, skip: int = 0) -> Iterator[Study]:
        """Studies that have something to give, in the corpus's order.

        Args:
            accepts: Whether a study is wanted, by the id and the group of its case; all are when left out.
            skip: Wanted studies to skip, without reading them.
        """
        wanted = (case for case, group in self._groups.items() if accepts is None or accepts(case, group))
        for part in stream_batches(islice(wanted, skip, None), _AT_ONCE):
            rows = self._corpus.stored_rows(part)
            yield from (study_of(rows[case]) for case in part if case in rows)

    def study(self, uid: str) -> Study:
        """The study of a UID.

        Raises:
            NotFoundError: there is none.
        """
        case = self._cases.get(uid)
        row = None if case is None else self._corpus.stored_rows([case]).get(case)
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
