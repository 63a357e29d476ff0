"""`calibrate`: fitting after the language model is trained: the classifier of answers, and the mixture's weights."""

from collections.abc import Sequence

from lexiscope.answering.candidates import ScoredCandidates
from lexiscope.answering.examples import CAPTION, InstructionExample, find_instruction_examples, is_right, with_contexts
from lexiscope.answering.pipeline import AnswerPipeline
from lexiscope.answering.questions import Questions
from lexiscope.corpus.duplicates.same_group import connected_groups, excluded_groups
from lexiscope.features.token_store import TokenStore
from lexiscope.features.vectors import case_vectors
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.classifier import AnswerClassifier
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.evidence import ExampleEvidence
from lexiscope.training.instruct.fit_classifier import FittedClassifier, fit_classifier
from lexiscope.training.instruct.fit_mixture import fit_mixture


def calibrate(
    context: InstructContext,
    assistant: Assistant,
    tokens: TokenStore,
    evidence: ExampleEvidence,
    held_out: Sequence[InstructionExample],
) -> tuple[AnswerClassifier | None, Mixture]:
    """Fit the classifier of answers, None where there is no question to learn from, and the mixture.

    Args:
        context: The run.
        assistant: The trained assistant, merged for inference.
        tokens: Tokens of the cases of all examples.
        evidence: Ranked evidence of all examples.
        held_out: Examples that decide the mixture.
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
    return classifier, _fit_mixture(context, pipeline, tokens, held_out, out_of_fold)


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
    cases = [example.case for example in examples]
    questions = Questions(
        [example.question for example in examples],
        tokens.of(cases),
        case_vectors(context.joint, context.corpus, cases, views=context.views),
        excluded_groups(context.corpus, cases),
    )
    scored = list(pipeline.score_answers(questions))
    return fit_mixture(scored, [example.answer for example in examples], out_of_fold=out_of_fold, right=is_right)
