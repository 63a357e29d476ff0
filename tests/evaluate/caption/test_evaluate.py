"""Captions measured: the form of the report, and captions that training also has."""

import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.caption.evaluate import OpenCaption
from lexiscope.evaluate.caption.evaluation import CaptionOptions
from lexiscope.evaluate.evaluation import EvaluationContext
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory


def test_captions_are_measured_beside_what_needs_no_image(describing: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = describing
    report = evaluate_model(model, corpus, task="caption", resamples=5, max_tokens=4)
    assert set(report.baselines) == {"nearest_case", "most_typical", "blank_image", "shuffled_images"}
    assert report.n == report.cases == corpus.count("test")
    assert {"bleu4", "rouge_l", "cider", "attribute_accuracy"} == set(report.metrics)
    assert [one["case"] for one in report.sections["examples"]] == [case.id for case in corpus.cases("test")][:3]


def test_captions_that_training_also_has_are_no_references(describing: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = describing
    known, *others = corpus.cases("test")
    measured = MeasuredSplit(corpus, "test", {"left_out": [known.texts[0].text.upper()], "left_out_cases": []})
    context = EvaluationContext(model, corpus, "test", seed=0, resamples=5)
    items = OpenCaption.open(context, CaptionOptions()).items(measured)
    assert [one.case.id for one in items.measured] == [case.id for case in others]
    assert items.seen.cases == len(others)


def test_a_split_without_captions_says_what_to_do(describing: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = describing
    with pytest.raises(EvaluationError, match=r"described images in split 'nowhere' .*lexiscope write captions"):
        evaluate_model(model, corpus, task="caption", split="nowhere", resamples=5)
