"""What a segmenter keeps of its training, against images of another kind."""

from pathlib import Path

import numpy as np

from lexiscope.models.segmenter.case_features import case_features
from lexiscope.testing.masked import make_masked_corpus, tiny_segmenter
from lexiscope.training.segment.out_of_distribution import measure_training
from lexiscope.views.case_grid import CaseGrid
from lexiscope.views.case_store import CaseStore


def test_cases_of_the_corpus_are_usual_and_noise_is_not(tmp_path: Path) -> None:
    corpus = make_masked_corpus(tmp_path / "corpus", 40)
    segmenter = tiny_segmenter()
    store = CaseStore(corpus, tmp_path / "cases", CaseGrid(channels={"t1": 1, "t2": 1}))
    cases = {split: list(corpus.cases(split)) for split in ("train", "val", "test")}
    known = measure_training(segmenter, store, training=cases["train"], held_out=cases["val"], window=(32, 32))
    assert known is not None
    assert set(known.branches) == {"t1", "t2"}
    usual = [
        known.judge(case_features(segmenter, store.get(case, ()).images, window=(32, 32))) for case in cases["test"]
    ]
    noise = {"t1": np.random.default_rng(0).normal(size=(1, 1, 32, 32)).astype(np.float16)}
    other = known.judge(case_features(segmenter, noise, window=(32, 32)))
    assert np.mean([one.warning is not None for one in usual]) <= 0.4  # by chance one of nine
    assert other.warning is not None
    assert other.score > max(one.score for one in usual)


def test_nothing_is_known_without_held_out_cases(tmp_path: Path) -> None:
    corpus = make_masked_corpus(tmp_path / "corpus", 3)
    store = CaseStore(corpus, tmp_path / "cases", CaseGrid(channels={"t1": 1, "t2": 1}))
    training = list(corpus.cases("train"))
    assert measure_training(tiny_segmenter(), store, training=training, held_out=[], window=(32, 32)) is None
