"""Outlines of the demo: which cases are asked for what, what came out in words, and each image left out."""

from pathlib import Path

import pytest

from lexiscope.corpus import Corpus
from lexiscope.demo.outlines import DemoOutlines, Outline, asked, outline
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.masked import make_masked_corpus, make_segmenter_model


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_masked_corpus(tmp_path_factory.mktemp("outlines") / "corpus", 10)


def test_each_structure_is_asked_for_where_it_is_and_where_it_is_not(corpus: Corpus) -> None:
    chosen = asked(list(corpus), ["square"])
    marked = [case.masks["square"].marked for case, _ in chosen]
    assert [bool(pixels) for pixels in marked] == [True, True, False]
    assert len({case.group for case, _ in chosen}) == 3
    assert all(len(case.images) == 2 for case, _ in chosen)


def test_a_structure_that_nobody_annotated_is_not_asked_for(corpus: Corpus) -> None:
    assert asked(list(corpus), ["cyst"]) == []
    assert asked([], ["disc"]) == []


def test_an_outline_says_what_is_wrong() -> None:
    painted = Outline("c", "cyst", "the cyst", True, False, "3.0 ml", "0.0 ml", None, {"t1": None})
    assert painted.outcome == "outlined 3.0 ml where there is none"
    assert painted.alone == ""
    missed = Outline("c", "cyst", "the cyst", False, True, "0.0 ml", "4.0 ml", 0.0, {"t1": 0.25, "t2": 0.5})
    assert missed.outcome == "said to be absent; truly 4.0 ml"
    assert not painted.right
    assert not missed.right
    assert Outline("c", "cyst", "the cyst", True, True, "3.0 ml", "4.0 ml", 0.8, {}).right
    assert missed.alone == "DSC without t1 0.25, without t2 0.50"


def test_without_a_segmenter_nothing_is_outlined(corpus: Corpus, tmp_path: Path) -> None:
    made = outline(ModelDirectory(tmp_path), corpus, list(corpus), split="test", seed=0, progress=None)
    assert made == DemoOutlines()


@pytest.mark.slow
def test_outlines_are_shown_with_every_image_and_without_one(corpus: Corpus, tmp_path: Path) -> None:
    model = make_segmenter_model(corpus, tmp_path / "model")  # paints everything
    made = outline(model, corpus, list(corpus), split="test", seed=0, progress=None)
    there = next(one for one in made.outlines if one.truly)
    assert there.present
    assert there.without.keys() == {"t1", "t2"}
    assert 0 < there.without["t1"] == there.dsc < 1
    shown = made.shown[made.outlines.index(there)]
    whole, fewer = shown.shown
    assert [picture.source is None for picture in whole.pictures] == [False, False]
    assert all(picture.found and picture.outline for picture in whole.pictures)
    assert sorted(picture.missing for picture in fewer.pictures if picture.source is None) == ["left out"]
    absent = next(one for one in made.outlines if not one.truly)
    assert not made.shown[made.outlines.index(absent)].right
    assert made.measured is not None
    assert made.outcome.startswith("mean DSC")
