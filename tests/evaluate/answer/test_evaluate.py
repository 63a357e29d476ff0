"""Answers measured: what cannot be measured says why."""

from pathlib import Path

import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.speaking import make_speaking_corpus


def test_an_assistant_that_was_taught_no_questions_is_not_measured_on_them(
    describing: tuple[Corpus, ModelDirectory], tmp_path: Path
) -> None:
    asking = make_speaking_corpus(tmp_path / "asking", 20, captions=False)
    with pytest.raises(EvaluationError, match=r"trained on questions, .* was trained on none; .*--as questions"):
        evaluate_model(describing[1], asking, task="answer", resamples=5, accept_leak="the same pictures")


def test_a_split_without_questions_is_refused(describing: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = describing
    with pytest.raises(EvaluationError, match="questions about images in split 'test'"):
        evaluate_model(model, corpus, task="answer", resamples=5)
