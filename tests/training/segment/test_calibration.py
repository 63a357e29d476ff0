"""Thresholds and gates chosen on held-out cases."""

from types import SimpleNamespace

import pytest

from lexiscope.training.loop.loop import Validation
from lexiscope.training.segment.calibration import Gate, _gate, _Seen
from lexiscope.training.segment.job import SegmentJob


def _same(values: list[float]) -> list[list[float]]:
    return [[value] * 5 for value in values]


def test_the_gate_shuts_out_what_is_absent_as_long_as_it_costs_next_to_nothing() -> None:
    seen = _Seen(dsc=_same([0.8, 0.9, 0.7]), there=_same([0.6, 0.8, 0.5]), absent=_same([0.1, 0.3, 0.2]))
    assert _gate(seen).presence == pytest.approx(0.3, abs=1e-4)


def test_the_gate_stays_open_where_shutting_it_would_cost_masks() -> None:
    seen = _Seen(dsc=_same([0.8, 0.9]), there=_same([0.2, 0.8]), absent=_same([0.1, 0.5]))
    assert _gate(seen).presence == pytest.approx(0.1, abs=1e-4)


def test_the_threshold_is_the_one_of_the_best_overlap() -> None:
    seen = _Seen(dsc=[[0.1, 0.2, 0.3, 0.9, 0.2]], there=[[0.5] * 5])
    assert _gate(seen) == Gate(0.6, 0.0)


def test_mirrored_copies_are_averaged_only_where_they_help_on_held_out_cases() -> None:
    job = SimpleNamespace(_axes=(0, 1))

    def judge(gain: float) -> tuple[float, tuple[int, ...]]:
        found, axes = SegmentJob._judged(job, lambda mirrors=(): Validation(0.8 + gain * bool(mirrors), {}))
        return found.score, axes

    assert judge(0.01) == (pytest.approx(0.81), (0, 1))
    assert judge(0.002) == (0.8, ())
    assert SegmentJob._judged(job, None) == (None, ())
