"""Payloads that are kept: read once, and never more of them than allowed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from lexiscope.index.known import KnownEntries


def test_the_entries_that_were_read_first_make_room() -> None:
    asked: list[UUID] = []

    def read(ids: Sequence[UUID]) -> list[tuple[UUID, dict[str, Any]]]:
        asked.extend(ids)
        return [(one, {"case": str(one.int), "legs": ["bm25"]}) for one in ids]

    known = KnownEntries(read, most=2)
    one, two, three = (UUID(int=number) for number in (1, 2, 3))
    assert {entry.case for entry in known.of([one, two, three]).values()} == {"1", "2", "3"}
    known.of([two, three])
    assert asked == [one, two, three]
    assert known.of([one])[one].case == "1"
    assert asked == [one, two, three, one]
