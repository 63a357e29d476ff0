"""Evaluations that cannot be made say why, and captions that training also has are no references."""

from pathlib import Path

import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.corpus import Corpus
from lexiscope.evaluate import measured_split as measured
from lexiscope.evaluate.answer.evaluate import evaluate_answers
from lexiscope.evaluate.caption.evaluate import evaluate_captions
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.speaking import make_speaking_corpus, save_language, tiny_language, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct


@pytest.fixture(scope="module")
def describing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ModelDirectory]:
    """A model that was taught captions alone."""
    folder = tmp_path_factory.mktemp("describing")
    corpus = make_speaking_corpus(folder / "corpus", 20, turns=False)
    model = tiny_model(corpus, folder / "model")
    name = save_language(tiny_language(["A red disc, specimen 1."]), folder / "language")
    config = InstructConfig(language=name, evidence=0, epochs=1, projector_epochs=0, side=2, batch=32)
    instruct(corpus, model.path, config=config)
    return corpus, model


def test_an_assistant_that_was_taught_no_questions_is_not_measured_on_them(
    describing: tuple[Corpus, ModelDirectory], tmp_path: Path
) -> None:
    asking = make_speaking_corpus(tmp_path / "asking", 20, captions=False)
    with pytest.raises(EvaluationError, match=r"taught questions, .* was taught none; .*--as questions"):
        evaluate_answers(describing[1], asking, resamples=5, accept_leak="the same pictures")


def test_a_split_without_questions_is_refused(describing: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = describing
    with pytest.raises(EvaluationError, match="questions about images in split 'test'"):
        evaluate_answers(model, corpus, resamples=5)
    with pytest.raises(EvaluationError, match="described images in split 'nowhere'"):
        evaluate_captions(model, corpus, split="nowhere", resamples=5)


def test_captions_that_training_also_has_are_no_references(
    describing: tuple[Corpus, ModelDirectory], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate names them where they are few; in so small a corpus it would refuse instead."""
    corpus, model = describing
    known = next(corpus.cases("test"))
    gate = {"left_out": [known.texts[0].text.upper()], "left_out_cases": []}
    monkeypatch.setattr(measured, "leakage_gate", lambda *_, **__: gate)
    found = evaluate_captions(model, corpus, resamples=5, max_tokens=4)
    assert found["n"] == corpus.count("test") - 1
    assert known.id not in {one["case"] for one in found["examples"]}
