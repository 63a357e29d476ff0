"""Levels of many cases: computed once, kept beside the corpus, the same as they are."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.interpret.level_cache import KeptLevels
from lexiscope.interpret.pooled import pool_levels
from lexiscope.interpret.subject import Cases, KeepsLevels, Level
from lexiscope.testing.interpretables import PlantedSubject


@dataclass(frozen=True)
class Counting:
    """A planted subject that counts the cases whose levels it is asked for, and may stop."""

    folder: Path | None
    planted: PlantedSubject = field(default_factory=PlantedSubject)
    asked: list[int] = field(default_factory=list)
    stops_after: int = 10_000
    fingerprint: str = ""

    def levels(self, cases: Cases[Any]) -> dict[str, list[Level]]:
        self.asked.append(len(cases))
        if sum(self.asked) > self.stops_after:
            raise KeyboardInterrupt
        return self.planted.levels(cases)

    def levels_folder(self, cases: Cases[Any]) -> Path | None:
        return self.folder


def test_levels_are_computed_once_and_then_read(tmp_path: Path) -> None:
    subject = Counting(tmp_path / "levels")
    assert isinstance(subject, KeepsLevels)
    cases = subject.planted.cases(30)
    with pool_levels(subject, cases) as pooled, pool_levels(replace(subject, folder=None), cases) as fresh:
        assert pooled.places == fresh.places
        for place in pooled.places:
            assert np.allclose(pooled.read(place), fresh.read(place))
            assert pooled.present[place].tolist() == fresh.present[place].tolist()
    again = Counting(tmp_path / "levels")
    reverse = cases.take(range(30)[::-1])
    with pool_levels(again, reverse) as kept:
        assert np.allclose(kept.read(("a", "level 1"))[::-1], pooled.read(("a", "level 1")))
    assert sum(again.asked) == 0


def test_a_run_that_is_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    cases = PlantedSubject().cases(600)
    with pytest.raises(KeyboardInterrupt):
        KeptLevels.fill(Counting(None, stops_after=400), cases, tmp_path)
    second = Counting(None)
    kept = KeptLevels.fill(second, cases, tmp_path)
    assert sum(second.asked) == 600 - 256, "a file of 256 rows was kept"
    assert kept.read(("fused", "level 0")).shape == (600, 8)


def test_new_cases_are_added_to_those_that_are_kept(tmp_path: Path) -> None:
    cases = PlantedSubject().cases(12)
    KeptLevels.fill(Counting(None), cases.take(range(8)), tmp_path)
    subject = Counting(None)
    KeptLevels.fill(subject, cases, tmp_path)
    assert sum(subject.asked) == 4
