"""The classifier of answers: its kernel and chances by hand, missing modalities, and the round trip to disk."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.models.assistant.classifier import AnswerClassifier, ImageScale, probabilities_of, saved_answers
from lexiscope.models.assistant.image_tokens import ImageTokens, with_questions
from lexiscope.models.assistant.ridge import Kernel, QuestionFeatures, Ridge
from lexiscope.models.assistant.token_plan import BranchTokens
from lexiscope.models.saved import read_arrays

X, Y = np.eye(2, dtype=np.float32)


def asked(
    questions: list[np.ndarray], images: list[np.ndarray], contexts: list[np.ndarray] | None = None
) -> QuestionFeatures:
    rows = [np.stack(part).astype(np.float32) for part in (questions, images, contexts or [0 * X] * len(questions))]
    return QuestionFeatures(rows[0], rows[1], np.arange(len(questions)), rows[2])


def image_tokens(cases: int, *, flair: bool = True) -> ImageTokens:
    generator = torch.Generator().manual_seed(0)
    tokens = {
        name: BranchTokens(torch.randn(cases, 3, generator=generator), torch.randn(cases, 4, 2, generator=generator))
        for name in ("flair", "t1")
    }
    mask = torch.ones(cases, dtype=torch.bool)
    return ImageTokens(tokens, {"flair": mask & flair, "t1": mask})


def test_the_kernel_is_one_for_the_same_and_falls_with_question_image_and_context() -> None:
    one = asked([X], [X], [X])
    assert Kernel(0.5, 2.0, 1.0)(one, one) == pytest.approx(1.0)
    assert Kernel(0.5, 2.0, 1.0)(one, asked([X], [Y], [X])) == pytest.approx(2 / 4)
    assert Kernel(0.5, 2.0, 1.0)(one, asked([X], [X])) == pytest.approx(3 / 4)  # nothing is known of one of them
    told_else = 3 / 4 + np.exp(-2 / (2 * 0.25)) / 4  # |t - t'|² = 2
    assert Kernel(0.5, 2.0, 1.0)(one, asked([X], [X], [Y])) == pytest.approx(told_else)
    assert Kernel(1.0, 0.0, 0.0)(one, asked([Y], [Y])) == pytest.approx(np.exp(-1))  # |q - q'|² = 2


def test_scores_of_what_was_learned_come_back_as_ridge_regression_says() -> None:
    learned = asked([X, Y], [X, X])
    kernel, targets = Kernel(0.1, 0.0, 0.0), np.eye(2, dtype=np.float32)
    coefficients = np.linalg.solve(kernel(learned, learned) + np.eye(2), targets - 0.5)
    found = Ridge(kernel, learned, ("a", "b"), coefficients, np.full(2, 0.5)).scores(learned)
    assert found == pytest.approx(np.array([[0.75, 0.25], [0.25, 0.75]]))  # half way from the base to the truth


def test_probabilities_of_open_answers_are_never_more_than_one_together() -> None:
    assert probabilities_of(("a", "b", "c"), np.array([0.3, -0.1, 0.2])) == {"a": 0.3, "c": 0.2}
    assert probabilities_of(("a", "b"), np.array([1.5, 0.5])) == {"a": 0.75, "b": 0.25}


def test_an_offered_answer_that_was_never_learned_keeps_a_small_probability() -> None:
    found = probabilities_of(("left",), np.array([0.98]), possible={"left", "right"})
    assert found == pytest.approx({"left": 0.98, "right": 0.02})


def test_a_missing_modality_has_no_say() -> None:
    scale = ImageScale.of(image_tokens(6))
    whole, without = scale.vectors(image_tokens(6)), scale.vectors(image_tokens(6, flair=False))
    half = whole.shape[1] // 2
    assert np.linalg.norm(whole, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    assert not without[:, :half].any()
    assert without[:, half:] == pytest.approx(whole[:, half:])
    only = ImageTokens({"t1": image_tokens(6).tokens["t1"]}, {"t1": torch.ones(6, dtype=torch.bool)})
    assert scale.vectors(only) == pytest.approx(without)
    assert scale.vectors(with_questions(image_tokens(6), torch.zeros(6, 5))) == pytest.approx(
        whole
    )  # words are no image


@pytest.fixture
def classifier() -> AnswerClassifier:
    scale = ImageScale.of(image_tokens(6))
    learned = QuestionFeatures(np.stack([X, Y]), scale.vectors(image_tokens(6)), np.array([0, 5]), np.stack([X, 0 * X]))
    ridge = Ridge(Kernel(0.3, 2.0, 1.0), learned, ("Yes", "no"), np.eye(2, dtype=np.float32), np.zeros(2, np.float32))
    return AnswerClassifier(scale, closed=ridge, open=replace(ridge, answers=("Left lobe", "pons")))


def test_forms_of_questions_are_answered_apart(classifier: AnswerClassifier) -> None:
    rows = np.stack([X, X])
    closed, open_ended = classifier.probabilities(
        image_tokens(2), rows, 0 * rows, possible=[frozenset({"yes", "no"}), frozenset()]
    )
    assert sum(closed.values()) == pytest.approx(1)
    assert closed["yes"] > 0.9
    assert "left lobe" in open_ended
    (without,) = replace(classifier, open=None).probabilities(
        image_tokens(1), rows[:1], 0 * rows[:1], possible=[frozenset()]
    )
    assert without == {}
    assert classifier.answers == {"yes": "Yes", "no": "no", "left lobe": "Left lobe", "pons": "pons"}


def informed(classifier: AnswerClassifier) -> AnswerClassifier:
    """What is told decides: X says "Yes", Y says "no"; a sentence X is the answer to any question."""
    learned = QuestionFeatures(np.stack([X, X]), classifier.closed.learned.images, np.array([0, 0]), np.stack([X, Y]))
    told = replace(classifier.closed, kernel=Kernel(0.3, 0.0, 32.0), learned=learned)
    one = np.array([[1.0], [0.0]], np.float32)
    reading = replace(told, answers=("word overlap",), coefficients=one, base=np.zeros(1, np.float32))
    return replace(classifier, closed_informed=told, reading=reading)


def test_questions_with_a_context_are_answered_by_what_is_told(classifier: AnswerClassifier) -> None:
    told, possible = np.stack([X, Y, 0 * X]), [frozenset({"yes", "no"})] * 3
    rows, seen = np.stack([X, X, X]), image_tokens(3)
    yes, no, untold = informed(classifier).probabilities(seen, rows, told, possible=possible)
    assert yes["yes"] > 0.9
    assert no["no"] > 0.9
    (as_ever,) = classifier.probabilities(image_tokens(3).rows([2]), rows[2:], told[2:], possible=possible[2:])
    assert untold == pytest.approx(as_ever)


def test_without_regressions_for_contexts_what_is_told_has_no_say(classifier: AnswerClassifier) -> None:
    possible = [frozenset({"yes", "no"})] * 2
    rows, seen = np.stack([X, X]), image_tokens(2)
    told = classifier.probabilities(seen, rows, np.stack([X, Y]), possible=possible)
    assert told == classifier.probabilities(seen, rows, 0 * rows, possible=possible)


def test_sentences_are_scored_by_what_they_hold_of_the_answer(classifier: AnswerClassifier) -> None:
    assert informed(classifier).read(X, np.stack([X, Y])) == pytest.approx([1, 0], abs=0.1)
    assert not classifier.read(X, np.stack([X, Y])).any()
    assert "word overlap" not in informed(classifier).answers


def test_one_with_contexts_is_saved_with_all_it_knows(classifier: AnswerClassifier, tmp_path: Path) -> None:
    whole = informed(classifier)
    whole.save(tmp_path)
    loaded = AnswerClassifier.load(tmp_path)
    assert [name for name, _ in loaded.ridges()] == ["offered", "free", "offered-informed", "reading"]
    assert [name for name in read_arrays(tmp_path / "classifier.safetensors") if "images" in name] == ["images"]
    assert loaded.read(X, np.stack([X, Y])).tolist() == whole.read(X, np.stack([X, Y])).tolist()
    assert saved_answers(tmp_path) == {"yes", "no", "left lobe", "pons"}


def test_a_saved_one_says_the_same(classifier: AnswerClassifier, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    loaded = AnswerClassifier.load(tmp_path)
    rows, possible = np.stack([X, Y]), [frozenset({"yes", "no"}), frozenset()]
    assert loaded.probabilities(image_tokens(2), rows, rows, possible=possible) == classifier.probabilities(
        image_tokens(2), rows, rows, possible=possible
    )
    assert AnswerClassifier.load(tmp_path / "none") is None
