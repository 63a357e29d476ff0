"""Image towers compared: retrieval and probe find what was planted, and the page is that of the results."""

import json
from pathlib import Path

import numpy as np
import pytest

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _bench_is_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_ROOT / "bench"))


def test_a_picture_is_found_and_told_by_features_that_hold_it() -> None:
    from encoders import Example, Words, probed, searched

    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 3, 120)
    means = rng.normal(size=(3, 8)).astype(np.float32)
    seen = means[kinds] + 0.1 * rng.normal(size=(120, 8)).astype(np.float32)
    noise = rng.normal(size=(120, 8)).astype(np.float32)
    examples = [
        Example(Path(f"{row}.png"), "train" if row < 80 else "val", str(row), (f"kind {kind}",), str(kind))
        for row, kind in enumerate(kinds)
    ]
    words = Words([f"kind {kind}" for kind in range(3)], rng.normal(size=(3, 5)).astype(np.float32))
    for read in ([seen], [noise, seen]):
        assert searched(read, words, examples, "val")["precision"].values.mean() > 0.9
        assert probed(read, examples, "val").interval() == [1.0, 1.0, 1.0]
    assert searched([noise], words, examples, "val")["precision"].values.mean() < 0.6
    assert probed([noise], examples, "val").interval()[0] < 0.6


def test_classes_weigh_the_same() -> None:
    from encoders import Score

    score = Score(np.array([1.0, 1.0, 1.0, 0.0]), list("abcd"), np.array([0, 0, 0, 1]))
    assert score.interval()[0] == 0.5
    assert score.interval(score) == [0.0, 0.0, 0.0]


def test_the_page_is_that_of_the_results() -> None:
    from encoders import RESULTS, page

    written = (_ROOT / "docs" / "reference" / "encoders.md").read_text(encoding="utf-8")
    assert written == page([json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()])
