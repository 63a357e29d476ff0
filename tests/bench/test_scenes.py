"""Sorting classes of scenes by which image is enough."""

from pathlib import Path

import numpy as np
import pytest

_BENCH = Path(__file__).resolve().parents[2] / "bench"
_GROUPS = [f"scene-{number // 2}" for number in range(16)]


@pytest.fixture(autouse=True)
def _bench_is_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_BENCH))


@pytest.mark.parametrize(
    ("colour", "depth", "both", "chance", "kind"),
    [
        (0.9, 0.0, 0.9, 0.0, "special to colour"),
        (0.0, 0.7, 0.9, 0.0, "special to depth"),
        (0.9, 0.8, 0.9, 0.0, "consistent"),
        (0.2, 0.1, 0.7, 0.0, "synergistic"),
        (0.2, 0.2, 0.3, 0.0, "not learned"),
        (0.2, 0.35, 0.7, 0.0, "undecided"),
        (0.4, 0.4, 0.7, 0.4, "synergistic"),  # who marks everything knows nothing
    ],
)
def test_a_class_is_sorted_by_which_image_is_enough(colour, depth, both, chance, kind):
    from scenes import sort_class

    spread = 0.05 * np.random.default_rng(0).normal(size=(3, 16))
    spread -= spread.mean(axis=1, keepdims=True)
    scores = [value + noise for value, noise in zip((both, colour, depth), spread, strict=True)]
    assert sort_class(scores[0], {"colour": scores[1], "depth": scores[2]}, _GROUPS, chance=chance).kind == kind
