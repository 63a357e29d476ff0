"""Calibration: the classifier knows the answers learned, the mixture comes from held-out questions."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lexiscope.answering.examples import CAPTION
from lexiscope.corpus import Corpus
from lexiscope.features.token_store import TokenStore, compute_tokens
from lexiscope.models.assistant.image_tokens import branch_widths, with_questions
from lexiscope.models.assistant.mixture import Mixture, Weights
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.assistant.tower_assistant import TowerAssistant
from lexiscope.testing.speaking import make_speaking_corpus, tiny_language
from lexiscope.training.instruct.calibration import calibrate
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.evidence import ExampleEvidence, find_evidence

MakeContext = Callable[..., InstructContext]


def untrained(context: InstructContext) -> tuple[TowerAssistant, TokenStore]:
    """An assistant with random weights for the images of a context, and the tokens of these."""
    import torch

    plan = TokenPlan(-1, 2, 2)
    cases = list({one.case.id: one.case for one in (*context.train, *context.val)}.values())
    tokens = compute_tokens(context.joint.image, context.corpus, cases=cases, views=context.views, plan=plan)
    width = context.joint.text_features(["x"]).shape[1]
    sample = with_questions(tokens.of(cases[:2]), torch.zeros(2, width))
    assistant = TowerAssistant.on(tiny_language(), branches=branch_widths(sample.tokens), plan=plan)
    return assistant.eval(), tokens


def nothing_retrieved(context: InstructContext) -> ExampleEvidence:
    return ExampleEvidence(None, None, [[] for _ in context.train], [[] for _ in context.val])


@pytest.mark.slow
def test_the_classifier_knows_the_answers_and_the_mixture_all_three(
    speaking: Corpus, make_context: MakeContext
) -> None:
    context = make_context(speaking)
    fitted = calibrate(context, *untrained(context), find_evidence(context), context.val)
    classifier, mixture = fitted.classifier, fitted.mixture
    assert classifier is not None
    learned = {one.answer for one in context.train if one.kind != CAPTION}
    assert set(classifier.answers.values()) == learned
    assert np.isfinite(mixture.closed.threshold)
    assert mixture.closed != Weights(classifier=0.5)  # not the one for forms that nothing is known of


@pytest.mark.slow
def test_what_per_case_spares_the_language_model_is_learned_by_the_classifier(
    speaking: Corpus, make_context: MakeContext
) -> None:
    context = make_context(speaking, per_case=1, evidence=0)
    classifier = calibrate(context, *untrained(context), nothing_retrieved(context), context.val).classifier
    assert classifier is not None
    assert len(context.train) == len({one.case.id for one in context.train})
    questions = [turn.answer.casefold() for case in speaking.cases("train") for turn in case.turns]
    assert set(classifier.answers) == set(questions)


@pytest.mark.slow
def test_without_held_out_questions_language_model_and_classifier_share(
    speaking: Corpus, make_context: MakeContext
) -> None:
    context = make_context(speaking, evidence=0)
    captions = [one for one in context.val if one.kind == CAPTION]
    half = Weights(classifier=0.5)
    for held_out in ([], captions):
        fitted = calibrate(context, *untrained(context), nothing_retrieved(context), held_out)
        assert fitted.mixture == Mixture(half, half)


def test_without_questions_there_is_no_classifier(tmp_path: Path, make_context: MakeContext) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8, turns=False)
    context = make_context(corpus, evidence=0)
    fitted = calibrate(context, *untrained(context), nothing_retrieved(context), context.val)
    assert fitted.classifier is None
    assert fitted.mixture.open.evidence == 0


def test_captions_are_weighed_on_all_held_out_captions(speaking: Corpus, make_context: MakeContext) -> None:
    """Also those that `per_case` spares the language model."""
    context = make_context(speaking, per_case=1, evidence=0)
    captions = calibrate(context, *untrained(context), nothing_retrieved(context), context.val).captions
    assert captions is not None
    described = [case for case in speaking.cases("val") if case.texts]
    assert captions.choice.cases == len(described)
    assert set(captions.choice.scores) == set(captions.choice.writers) >= {"nearest", "typical"}
    assert captions.choice.typical in {text.text for case in speaking.cases("train") for text in case.texts}


@pytest.mark.slow
def test_the_mixture_is_fitted_on_every_training_question_without_the_language_model(
    speaking: Corpus, make_context: MakeContext
) -> None:
    from lexiscope.training.instruct import calibration as module

    context = make_context(speaking)
    seen = {}

    def fit_mixture(scored, answers, *, out_of_fold=(), right):
        seen["pairs"] = list(out_of_fold)
        return Mixture()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "fit_mixture", fit_mixture)
        calibrate(context, *untrained(context), find_evidence(context), context.val)
    questions = [one for one in context.train if one.kind != CAPTION]
    assert [truth for _, truth in seen["pairs"]] == [one.answer for one in questions]
    assert all(not scored.lm_scores or not any(scored.lm_scores.values()) for scored, _ in seen["pairs"])
