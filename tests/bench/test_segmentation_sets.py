"""Segmenters of real data sets: every number finds its goal, and the page is that of the results."""

import json
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _bench_is_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_ROOT / "bench"))


def _value(value: float, groups: int = 3) -> dict[str, Any]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "groups": groups}


def _reports(*, dsc: float, painted: float, drop: float) -> dict[str, Any]:
    test = {"corpus": "c0", "seed": 0, "metrics": {"cell": {"dsc": _value(dsc)}}}
    return {
        "test": {**test, "false_positives": {"foreign": _value(painted)}},
        "val": {
            "sentences": {"unseen wording": {"less_label_name": _value(drop / 2)}},
            "unseen_wording": {"worst": {"cell, the cellular body": _value(drop)}},
            "wrong_name": {"worst": {"cell, the liver": _value(0.0)}},
        },
    }


_CELL = {"what": "cells", "report": ["metrics", "cell", "dsc"], "floor": 0.6, "goal": 0.7}


def test_every_number_stands_beside_its_goal() -> None:
    from segmentation_sets import numbers

    good = {line.what: line for line in numbers("cells", [_CELL], _reports(dsc=0.8, painted=0.0, drop=-0.04), 10)}
    assert all(line.met for line in good.values())
    assert good["cells"].value == (0.8, 0.7, 0.9)
    assert (good["cells"].floor, good["cells"].groups, good["cells"].corpus) == (0.6, 3, "c0")

    bad = {line.what: line for line in numbers("cells", [_CELL], _reports(dsc=0.6, painted=0.2, drop=-0.08), 50)}
    assert {what for what, line in bad.items() if not line.met} == {
        "cells",
        "structures of other examinations painted",
        "the same, worst wording",
        "processor minutes of the training",
    }


def test_a_missed_goal_is_said_on_the_page() -> None:
    from segmentation_sets import numbers, page

    written = page(list(numbers("cells", [_CELL], _reports(dsc=0.6, painted=0.0, drop=0.0), 10)))
    assert "| cells | cells | test | 0.6 | ≥ 0.7 | 0.600 (0.500 to 0.700) | 3 | **missed** |" in written
    assert "5 of 6 goals are met" in written


def test_the_page_is_that_of_the_results() -> None:
    from segmentation_sets import RESULTS, Line, page

    written = (_ROOT / "docs" / "reference" / "segmentation-sets.md").read_text(encoding="utf-8")
    lines = [Line(**json.loads(line)) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    assert written == page(lines)
