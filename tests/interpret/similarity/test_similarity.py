"""The method `similarity` on planted features: agreement is found where it is, and nothing is said where it is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.interpret.similarity.similarity import similarity
from lexiscope.interpret.subject import Cases, Level


def numbered(n: int, per_group: int = 2) -> Cases[int]:
    return Cases(
        items=list(range(n)),
        ids=[str(row) for row in range(n)],
        groups=[str(row // per_group) for row in range(n)],
        present={"t1": np.ones(n, bool), "t2": np.ones(n, bool)},
    )


@dataclass(frozen=True)
class Drifting:
    """Two modalities that see the same at first, and nothing in common at last; `t2` is wider there."""

    missing: Sequence[int] = ()
    name: str = "drifting"
    fingerprint: str = "f"

    def levels(self, cases: Cases[int]) -> dict[str, list[Level]]:
        shared = self.noise(cases, 0, 6)
        t1 = [shared + 0.1 * self.noise(cases, 1, 6), self.noise(cases, 2, 6)]
        t2 = [shared + 0.1 * self.noise(cases, 3, 6), self.noise(cases, 4, 9)]
        t2_here = torch.tensor([row not in self.missing for row in cases.items])
        return {
            "t1": [
                Level(f"block {n}", maps, None, torch.ones(len(cases), dtype=torch.bool)) for n, maps in enumerate(t1)
            ],
            "t2": [Level(f"block {n}", maps * t2_here[:, None, None], None, t2_here) for n, maps in enumerate(t2)],
        }

    def noise(self, cases: Cases[int], seed: int, width: int) -> torch.Tensor:
        drawn = [np.random.default_rng((seed, row)).normal(size=(1, width)) for row in cases.items]
        return torch.from_numpy(np.stack(drawn)).float()


def rows_of(result: Any) -> dict[tuple[str, str], Any]:
    return {(row["first"], row["second"]): row for row in result.rows}


def test_agreement_and_its_end_are_found() -> None:
    result = similarity(Drifting(), numbered(60))
    rows = rows_of(result)
    first, last = rows["t1 · block 0", "t2 · block 0"], rows["t1 · block 1", "t2 · block 1"]
    assert first["CKA"].low > 0.9 > 0.2 > first["chance to"]
    assert last["CKA"].low < 0 < last["CKA"].high
    assert last["biased"] > 0.05
    assert first["cosine"].low > 0.9
    assert abs(first["cosine"].chance) < 0.2
    assert last["cosine"] is None  # widths differ
    assert any("become less alike from block 0 to block 1" in finding for finding in result.findings)
    assert not any("agree beyond chance" in finding for finding in result.findings)


def test_levels_of_a_modality_are_compared_too() -> None:
    result = similarity(Drifting(), numbered(40))
    assert ("t2 · block 0", "t2 · block 1") in rows_of(result)
    assert all(-1 <= row["CKA"].low <= row["CKA"].high <= 1 for row in result.rows)
    titles = [chart.title for chart in result.charts]
    assert any("levels of t2" in title for title in titles)
    assert result.table().splitlines()[0].startswith("first")


def test_fused_features_are_most_like_the_modality_that_they_are_made_of() -> None:
    class Fusing(Drifting):
        def levels(self, cases: Cases[int]) -> dict[str, list[Level]]:
            branches = super().levels(cases)
            last = branches["t2"][-1]
            return {**branches, "fused": [Level("mixer", 2 * last.values, None, last.present)]}

    result = similarity(Fusing(), numbered(60))
    assert rows_of(result)["t2 · block 1", "fused · mixer"]["CKA"].value == pytest.approx(1)
    assert any("are most like those of t2" in finding for finding in result.findings)


def test_cases_without_a_modality_are_left_out_of_its_pairs() -> None:
    rows = rows_of(similarity(Drifting(missing=range(10)), numbered(60)))
    pair = rows["t1 · block 0", "t2 · block 0"]
    assert pair["CKA"].n == 50
    assert pair["CKA"].low > 0.9
    assert rows["t1 · block 0", "t1 · block 1"]["CKA"].n == 60


def test_pairs_that_too_few_cases_have_are_not_measured() -> None:
    result = similarity(Drifting(missing=range(57)), numbered(60))
    pair = rows_of(result)["t1 · block 0", "t2 · block 0"]
    assert pair["CKA"].value is None
    assert pair["biased"] is None
    assert result.findings == []
    assert similarity(Drifting(), numbered(3)).charts == []  # nothing to draw


def test_the_same_seed_gives_the_same_numbers() -> None:
    one, other = (similarity(Drifting(), numbered(20), seed=3).to_json() for _ in range(2))
    assert one == other


def test_a_model_without_levels_is_told_what_to_do() -> None:
    with pytest.raises(UsageError, match="whose features can be read level by level, got 'nothing'"):
        similarity(type("Nothing", (), {"name": "nothing"})(), numbered(10))


def test_no_cases_are_refused() -> None:
    with pytest.raises(UsageError, match="expected cases to read features of, got none"):
        similarity(Drifting(), numbered(0))


def test_too_few_cases_are_said_to_be_too_few() -> None:
    assert "too few cases here: of 6 of 6 groups" in similarity(Drifting(), numbered(6, per_group=1)).cannot_tell
    assert "too few cases" not in similarity(Drifting(), numbered(60)).cannot_tell
