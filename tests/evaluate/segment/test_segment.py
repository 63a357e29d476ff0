"""The evaluation of masks: scores over groups, false positives on what is absent, each modality left out."""

from pathlib import Path

import numpy as np
import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import EvaluationError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.metrics.segmentation import MaskScores
from lexiscope.evaluate.run import evaluate_model
from lexiscope.evaluate.segment.measure import SegmentMeasure
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing import make_corpus
from lexiscope.testing.masked import make_masked_corpus, make_segmenter_model


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_masked_corpus(tmp_path_factory.mktemp("masked") / "corpus", 10)


@pytest.fixture(scope="module")
def model(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return make_segmenter_model(corpus, tmp_path_factory.mktemp("segmenter") / "model")


@pytest.mark.slow
def test_the_report_has_what_readers_need(model: ModelDirectory, corpus: Corpus) -> None:
    report = evaluate_model(model, corpus, task="segment", split="test", foreign=2).to_dict()
    assert report["metrics"].keys() == {"disc", "square", "mean_dsc", "absent_false_positive_rate"}
    assert report["metrics"]["disc"].keys() == {"dsc", "iou", "hd95_mm", "nsd"}
    assert report["metrics"]["disc"]["dsc"]["n"] == 2
    assert 0 < report["metrics"]["disc"]["dsc"]["chance"] < 1
    assert report["without"].keys() == {"t1", "t2"}
    assert report["parameters"] == {"trainable": 5, "total": 9}
    assert report["false_positives"].keys() == {"annotated", "foreign"}
    assert report["metrics"]["absent_false_positive_rate"]["value"] == 1.0  # it paints everything
    assert report["baselines"].keys() >= {"other_sentence"}


def _scores(*values: float | None) -> list[MaskScores | None]:
    return [None if value is None else MaskScores(value, value, 0.0, value) for value in values]


def test_groups_weigh_the_same_and_cases_without_the_structure_do_not_count() -> None:
    cases = [Case(f"c{n}", group, Provenance("testing")) for n, group in enumerate("aab")]
    measure = SegmentMeasure(cases, 0, 100, {"x": _scores(0.1, None, 0.3)})
    dsc = measure.by_structure({"x": _scores(1.0, 0.5, 0.25)}, unit="mm")["x"]["dsc"]
    assert (dsc.value, dsc.chance) == (pytest.approx(0.5), pytest.approx(0.2))
    assert measure.by_structure({"x": _scores(1.0, None, 0.5)}, unit="mm")["x"]["dsc"].value == pytest.approx(0.75)
    assert measure.by_case({"x": _scores(1.0, None, 0.5)}) == {"c0": {"x": 1.0}, "c1": {}, "c2": {"x": 0.5}}


def test_a_false_positive_is_more_than_a_thousandth() -> None:
    cases = [Case(f"c{n}", f"g{n}", Provenance("testing")) for n in range(2)]
    rate = SegmentMeasure(cases, 0, 100, {}).false_positives([[[0.0005, 0.2], []]])
    assert (rate.value, rate.groups) == (0.5, 1)


def test_a_split_without_masks_is_refused(model: ModelDirectory, tmp_path: Path) -> None:
    plain = make_corpus(tmp_path / "plain", 10)
    with pytest.raises(EvaluationError, match="expected masks of disc, square in split 'test'"):
        evaluate_model(model, plain, task="segment", split="test", accept_leak="another corpus")


def test_other_sentences_and_missing_modalities_are_asked_of_the_same_cases(
    model: ModelDirectory, corpus: Corpus
) -> None:
    report = evaluate_model(model, corpus, task="segment", split="test", foreign=0, limit=1).to_dict()
    assert report["cases"] == 1
    assert np.isfinite(report["without"]["t1"]["value"])
