"""Levels that are read several times are computed once where they fit, and again where they do not."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.pooled import ReplayedLevels
from lexiscope.interpret.subject import Cases
from lexiscope.testing.interpretables import PlantedSubject


class Counting(PlantedSubject):
    """Counts the cases whose levels are computed."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "read", [])

    def levels(self, cases: Cases) -> dict:
        self.read.extend(cases.ids)
        return super().levels(cases)


ONE_BATCH = 6 * 4 * 8 * 4  # six places of four cases with eight numbers of four bytes


@pytest.mark.parametrize(("most", "computed"), [(10 * ONE_BATCH, 10), (ONE_BATCH, 10 + 6), (0, 20)])
def test_what_fits_is_computed_once_and_both_passes_are_the_same(most: int, computed: int) -> None:
    subject = Counting()
    replayed = ReplayedLevels(subject, subject.cases(10), most=most)
    first, second = list(replayed.batches()), list(replayed.batches())
    assert [rows for rows, _ in first] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [row for rows, _ in second for row in rows] == list(range(10))
    assert len(subject.read) == computed
    for (_, ours), (_, theirs) in zip(first, second, strict=True):
        assert all((ours[place].values == theirs[place].values).all() for place in ours)


def test_no_cases_are_refused() -> None:
    subject = PlantedSubject()
    with pytest.raises(UsageError, match="expected cases to read features of, got none"):
        list(ReplayedLevels(subject, subject.cases(10).take([])).batches())
