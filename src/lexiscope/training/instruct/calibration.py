"""`calibrate`: fitting after the language model is trained: classifier of answers, weights of the mixture, captions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.answering.candidates import ScoredCandidates
from lexiscope.answering.captioning import CAPTION_TOKENS, DecoderWriter
from lexiscope.answering.examples import (
    CAPTION,
    InstructionExample,
    find_described_cases,
    find_instruction_examples,
    is_right,
    with_contexts,
)
from lexiscope.answering.fit_captions import CaptionExamples, fit_captions
from lexiscope.answering.pipeline import AnswerPipeline
from lexiscope.answering.questions import Questions
from lexiscope.corpus.duplicates.same_group import connected_groups, excluded_groups
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.token_store import TokenStore
from lexiscope.features.vectors import case_vectors
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.captions import CaptionModel
from lexiscope.models.assistant.classifier import AnswerClassifier
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.evidence import ExampleEvidence
from lexiscope.training.instruct.fit_classifier import FittedClassifier, fit_classifier
from lexiscope.training.instruct.fit_mixture import fit_mixture

_INFORMED = 300  # questions with a context that decide their weights: a language model reads each page for a second


@dataclass(frozen=True)
class Calibrated:
    """Everything that is fitted beside a trained assistant.

    Args:
        classifier: Classifier of answers; None where there is no question to learn from.
        mixture: Weights of the sources of answers, and thresholds of abstaining.
        captions: Attributes that captions are composed from, and who writes; None where nothing can write.
    """

    classifier: AnswerClassifier | None
    mixture: Mixture
    captions: CaptionModel | None


def calibrate(
    context: InstructContext,
    assistant: Assistant,
    tokens: TokenStore,
    evidence: ExampleEvidence,
    held_out: Sequence[InstructionExample],
) -> Calibrated:
    """Fit the classifier of answers, the mixture, and what writes captions.

    Args:
        context: The run.
        assistant: The trained assistant, merged for inference.
        tokens: Tokens of the cases of all examples.
        evidence: Ranked evidence of all examples.
        held_out: Examples that decide the mixture, with the contexts that the language model has room for.
    """
    fitted = _fit_classifier(context, tokens)
    classifier = None if fitted is None else fitted.classifier
    pipeline = AnswerPipeline(
        context.joint,
        assistant,
        classifier,
        evidence.reranker,
        evidence.store,
        context.words,
        read=context.config.evidence,
    )
    out_of_fold = _out_of_fold(pipeline, fitted, context.train, evidence)
    mixture = _fit_mixture(context, pipeline, tokens, held_out, out_of_fold)
    return Calibrated(classifier, mixture, _fit_captions(context, assistant, tokens))


def _fit_captions(context: InstructContext, assistant: Assistant, tokens: TokenStore) -> CaptionModel | None:
    """All captions of the cases count here, also those that `per_case` spares the language model."""
    part, modalities = CorpusPart.to_learn_from(context.corpus), list(context.views)
    learned = [case for case in part.cases() if context.views.keys() & case.images.keys()]
    held_out = () if part.held_out is None else part.held_out.cases()
    described, weighed = (
        find_described_cases(cases, modalities=modalities, columns=context.config.text_columns)
        for cases in (learned, held_out)
    )
    own = assistant.image_encoder(context.joint.image) is not context.joint.image
    plan = TokenPlan(side=2, slices=1) if own else assistant.plan
    examples = CaptionExamples(
        context.joint,
        context.corpus,
        context.views,
        plan,
        learned,
        described,
        weighed,
        context.config.seed,
        context.run.progress,
    )
    decodes = any(example.kind == CAPTION for example in context.train)
    decoder = DecoderWriter(assistant, context.joint, CAPTION_TOKENS) if decodes else None
    return fit_captions(examples, decoder=decoder, decoded=tokens.of if own else None)


def _fit_classifier(context: InstructContext, tokens: TokenStore) -> FittedClassifier | None:
    """All questions about the cases count here, also those that `per_case` spares the language model."""
    cases = {example.case.id: example.case for example in context.train}
    examples = with_contexts(find_instruction_examples(cases.values(), modalities=list(context.views)))
    groups = connected_groups(excluded_groups(context.corpus, [example.case for example in examples]))
    return fit_classifier(context.joint, examples, tokens, groups=groups, seed=context.config.seed)


def _out_of_fold(
    pipeline: AnswerPipeline,
    fitted: FittedClassifier | None,
    train: Sequence[InstructionExample],
    evidence: ExampleEvidence,
) -> list[tuple[ScoredCandidates, str]]:
    """Candidates of evidence and classifier for training questions, from fits that left the example's group out."""
    if fitted is None or evidence.store is None:
        return []
    names = [(example.case.id, example.question) for example in train]
    return [
        (pipeline.without_language_model(example.question, ranked, fitted.out_of_fold[name]), example.answer)
        for name, example, ranked in zip(names, train, evidence.train, strict=True)
        if name in fitted.out_of_fold
    ]


def _fit_mixture(
    context: InstructContext,
    pipeline: AnswerPipeline,
    tokens: TokenStore,
    held_out: Sequence[InstructionExample],
    out_of_fold: Sequence[tuple[ScoredCandidates, str]],
) -> Mixture:
    examples = [example for example in held_out if example.kind != CAPTION]
    if not examples:
        return fit_mixture([], [], right=is_right)
    asked = [(example, None) for example in examples] + _with_contexts(examples, seed=context.config.seed)
    cases = [example.case for example, _ in asked]
    questions = Questions(
        [example.question for example, _ in asked],
        tokens.of(cases),
        case_vectors(context.joint, context.corpus, cases, views=context.views),
        excluded_groups(context.corpus, cases),
        [told for _, told in asked],
    )
    scored = list(pipeline.score_answers(questions))
    return fit_mixture(scored, [example.answer for example, _ in asked], out_of_fold=out_of_fold, right=is_right)


def _with_contexts(examples: Sequence[InstructionExample], *, seed: int) -> list[tuple[InstructionExample, str | None]]:
    """Examples with each of their contexts; some of them, drawn by the seed."""
    told = [(example, context) for example in examples for context in dict.fromkeys(example.contexts)]
    return [told[row] for row in np.sort(np.random.default_rng(seed).permutation(len(told))[:_INFORMED])]
