"""Interpretation in the demo: what there is of a model, on a few cases, with and without charts."""

import sys
from pathlib import Path

import pytest

from lexiscope.corpus import Corpus
from lexiscope.demo.interpreting import DemoInterpretation, interpret_briefly
from lexiscope.evaluate.report.page import Page, render_page
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.masked import make_masked_corpus, make_segmenter_model


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelDirectory, Corpus]:
    folder = tmp_path_factory.mktemp("interpreting")
    corpus = make_masked_corpus(folder / "corpus", 10, size=16)
    return make_segmenter_model(corpus, folder / "model"), corpus


@pytest.mark.slow
def test_a_segmenter_is_interpreted_and_shown(masked: tuple[ModelDirectory, Corpus]) -> None:
    found = interpret_briefly(*masked, split="train", seed=0, progress=None)
    assert found.made is not None
    (subject,) = found.made.subjects
    assert (subject.name, subject.cases) == ("segmenter of disc", 6)
    assert "segmenter of disc on 6 cases; " in found.outcome
    page = render_page(Page("T", "L", subjects=found.shown))
    assert "What does each input add?" in page
    assert "data:image/svg+xml;base64," in page


@pytest.mark.slow
def test_without_matplotlib_the_numbers_stay_and_the_remedy_is_told(
    masked: tuple[ModelDirectory, Corpus], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    found = interpret_briefly(*masked, split="train", seed=0, progress=None)
    assert found.made is not None
    assert found.shown == ()
    assert "pip install 'lexiscope[interpret]'" in found.outcome


def test_a_model_without_parts_has_nothing_to_interpret(masked: tuple[ModelDirectory, Corpus], tmp_path: Path) -> None:
    model = ModelDirectory(tmp_path / "none")
    assert interpret_briefly(model, masked[1], split="test", seed=0, progress=None) == DemoInterpretation()
