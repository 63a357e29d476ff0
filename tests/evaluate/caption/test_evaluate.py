"""Captions measured: the form of the report, and captions that training also has."""

from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.caption.evaluate import OpenCaption
from lexiscope.evaluate.caption.evaluation import CaptionOptions
from lexiscope.evaluate.evaluation import EvaluationContext
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.speaking import make_speaking_corpus, tiny_model


def test_captions_are_measured_beside_what_needs_no_image(describing: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = describing
    report = evaluate_model(model, corpus, task="caption", resamples=5, max_tokens=4)
    assert set(report.baselines) == {"nearest_case", "most_typical", "blank_image", "shuffled_images"}
    assert report.n == report.cases == corpus.count("test")
    assert {"bleu4", "rouge_l", "cider", "attribute_accuracy"} == set(report.metrics)
    assert [one["case"] for one in report.sections["examples"]] == [case.id for case in corpus.cases("test")][:3]
    captions = model.captions()
    assert captions is not None
    assert report.notes[0] == captions.choice.in_words
    assert sum(report.sections["by_writer"].values()) == report.n
    assert set(report.differences) == {"nearest_case", "most_typical"}
    assert report.verdicts[0].startswith("These captions against the nearest case's caption: attribute accuracy")


def test_a_default_that_is_a_baseline_says_so(describing: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = describing
    opened = OpenCaption.open(EvaluationContext(model, corpus, "test", seed=0, resamples=5), CaptionOptions())
    choice = replace(opened.captioner.captions.choice, writers=("nearest", "composed"))
    opened.captioner.captions = replace(opened.captioner.captions, choice=choice)
    items = opened.items(MeasuredSplit(corpus, "test", {}))
    answers = opened.answers(items)
    found = opened.measure(items, answers, opened.baselines(items, answers))
    assert found.notes[1] == (
        "No writer was clearly better than a baseline on held-out cases: "
        "by default captions are those of the nearest case."
    )
    assert found.differences["nearest_case"]["attribute_accuracy"].value == 0
    assert {one.writer for one in answers} == {"nearest"}


@pytest.mark.slow
def test_a_model_without_an_assistant_is_measured_by_what_it_composes(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 40, turns=False)
    report = evaluate_model(tiny_model(corpus, tmp_path / "model"), corpus, task="caption", resamples=5)
    assert set(report.sections["weighed"]) == {"composed", "nearest", "typical"}
    assert report.n == corpus.count("test")


def test_captions_that_training_also_has_are_no_references(describing: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = describing
    known, *others = corpus.cases("test")
    measured = MeasuredSplit(corpus, "test", {"left_out": [known.texts[0].text.upper()], "left_out_cases": []})
    context = EvaluationContext(model, corpus, "test", seed=0, resamples=5)
    items = OpenCaption.open(context, CaptionOptions()).items(measured)
    assert [one.case.id for one in items.measured] == [case.id for case in others]
    assert len(items.seen) == items.seen.tokens.cases == len(others)


def test_a_split_without_captions_says_what_to_do(describing: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = describing
    with pytest.raises(EvaluationError, match=r"described images in split 'nowhere' .*lexiscope write captions"):
        evaluate_model(model, corpus, task="caption", split="nowhere", resamples=5)
