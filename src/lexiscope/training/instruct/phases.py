"""`train_assistant`: the phases of instruction tuning: evidence, projector, language model, calibration."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.pipeline import MAX_TOKENS
from lexiscope.answering.reranking import RankedEvidence
from lexiscope.answering.retrieval import question_vectors
from lexiscope.features.processes import process_state
from lexiscope.features.token_store import TokenStore, compute_tokens
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.image_tokens import ImageTokens, branch_widths, with_questions
from lexiscope.models.assistant.language import LanguageModel, language_from_scratch, load_language
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.assistant.published.assistant import PublishedAssistant
from lexiscope.models.assistant.published.start import start_published
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.assistant.tower_assistant import TowerAssistant
from lexiscope.models.reranker import Reranker
from lexiscope.training.instruct.calibration import Calibrated, calibrate
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.evidence import ExampleEvidence, find_evidence
from lexiscope.training.instruct.rows import InstructRows
from lexiscope.training.instruct.step import InstructStep, validate_answers
from lexiscope.training.loop.loop import Trained, Validation, train
from lexiscope.training.loop.optimizer import adamw

_SAMPLE = 2048  # examples whose images fix the projector's means


@dataclass(frozen=True)
class TrainedAssistant:
    """An assistant with everything that was fitted beside it.

    Args:
        assistant: The assistant.
        calibrated: Classifier of answers, weights of the sources of answers, and what writes captions.
        reranker: Re-ranker of evidence; None where there was no other group to retrieve from.
        trained: Result of the loop that trained the language model.
        validation: Metrics of the kept weights; None without held-out examples.
        notes: Notes for the user about the run.
    """

    assistant: Assistant
    calibrated: Calibrated
    reranker: Reranker | None
    trained: Trained
    validation: Validation | None
    notes: tuple[str, ...] = ()


def train_assistant(context: InstructContext) -> TrainedAssistant:
    """Run the phases of instruction tuning, in the order in which they are written here.

    Evidence is found first (see `find_evidence`, which builds the retrieval store where there is one); tokens of all
    images are computed once; then the projector trains alone where the language model is a pretrained one, then the
    language model with it; a published vision-language model has a projector, and only its language model trains. The
    classifier of answers, the mixture and the writer of captions come last.
    """
    config = context.config
    evidence = find_evidence(context)
    published = _start(context)
    tokens = _compute_tokens(context, published)
    assistant = published or _build_assistant(context, tokens)
    assistant.to(process_state().device)
    if config.gradient_checkpointing:
        assistant.checkpoint_activations()
    step = InstructStep(assistant, chance=_chance_level(context, assistant)).to(process_state().device)
    make_rows = partial(_make_rows, context, assistant, tokens, evidence)
    rows, held_out = make_rows(context.train, evidence.train), make_rows(context.val, evidence.val)
    held_out = replace(held_out, evidence_dropout=0, context_dropout=1, modality_dropout=0)
    validate = partial(validate_answers, step, held_out, batch=config.batch) if len(held_out) else None
    phase = partial(_train_phase, context, step, rows, validate)
    if isinstance(assistant, TowerAssistant) and not config.from_scratch and config.projector_epochs:
        assistant.language.requires_grad_(False)
        phase("projector", epochs=config.projector_epochs, lr=config.projector_lr)
    assistant.unfreeze()
    trained = phase("language", epochs=config.passes, lr=config.language_lr)
    validation = validate() if validate else None
    ready = copy.deepcopy(assistant).merge_for_inference()
    calibrated = calibrate(context, ready, tokens, evidence, held_out.examples)
    left_out = len(context.train) + len(context.val) - len(rows) - len(held_out)
    notes = (f"{left_out} examples longer than the language model reads were left out",) if left_out else ()
    return TrainedAssistant(assistant, calibrated, evidence.reranker, trained, validation, notes)


def _start(context: InstructContext) -> PublishedAssistant | None:
    """A published vision-language model, where one was named."""
    config = context.config
    if config.start is None:
        return None
    return start_published(
        config.start,
        views=context.views,
        plan=_plan(context),
        adapter=config.adapter,
        bf16=config.bf16,
        allow_download=config.allow_download,
        seed=config.seed,
    )


def _compute_tokens(context: InstructContext, published: PublishedAssistant | None) -> TokenStore:
    cases = {example.case.id: example.case for example in (*context.train, *context.val)}
    return compute_tokens(
        context.joint.image if published is None else published.image_encoder(context.joint.image),
        context.corpus,
        cases=list(cases.values()),
        views=context.views,
        plan=_plan(context),
        progress=context.run.progress,
    )


def _plan(context: InstructContext) -> TokenPlan:
    return TokenPlan(context.config.level, context.config.side, context.config.slices)


def _build_assistant(context: InstructContext, tokens: TokenStore) -> TowerAssistant:
    config = context.config
    order = np.random.default_rng(config.seed).permutation(len(context.train))[:_SAMPLE]
    sample = _image_tokens(context, tokens, [context.train[row] for row in order])
    assistant = TowerAssistant.on(
        _load_language(context),
        branches=branch_widths(sample.tokens),
        plan=_plan(context),
        adapter=config.adapter,
        bf16=config.bf16,
        seed=config.seed,
    )
    assistant.projector.standardise(sample.tokens, sample.present)
    return assistant


def _load_language(context: InstructContext) -> LanguageModel:
    if not context.config.from_scratch:
        return load_language(context.config.language_name, allow_download=context.config.allow_download)
    texts = [text for example in context.train for text in (example.question, example.answer, *example.contexts)]
    return language_from_scratch(texts, seed=context.config.seed)


def _chance_level(context: InstructContext, assistant: Assistant) -> float:
    """Entropy of the words of answers, in nats: what knowing their frequencies alone leaves."""
    counts = np.bincount([i for example in context.train for i in assistant.answer_ids(example.answer)])
    rates = counts[counts > 0] / counts.sum()
    return float(-(rates * np.log(rates)).sum())


def _make_rows(  # noqa: PLR0917 - bound from the left
    context: InstructContext,
    assistant: Assistant,
    tokens: TokenStore,
    evidence: ExampleEvidence,
    examples: Sequence[InstructionExample],
    ranked: Sequence[Sequence[RankedEvidence]],
) -> InstructRows:
    """Examples that fit, each with the contexts that do, and as much of its evidence as fits beside them."""
    kept, texts, config = [], [], context.config
    images = assistant.image_length(_image_tokens(context, tokens, examples[:1]))
    for example, own_evidence in zip(examples, ranked, strict=True):
        if images + assistant.prompt_length(write_prompt(example.question), example.answer) > assistant.context_length:
            continue
        room = max(MAX_TOKENS, len(assistant.answer_ids(example.answer)))
        free = assistant.context_length - images - room
        known, published = (
            tuple(
                text for text in some if assistant.prompt_length(write_prompt(example.question, context=text)) <= free
            )
            for some in (example.known, example.published)
        )
        kept.append(replace(example, known=known, published=published))
        longest = max(kept[-1].contexts, key=len, default=None)
        own_texts = evidence.texts(own_evidence, most=config.evidence)
        texts.append(assistant.fit_evidence(own_texts, example.question, images=images, answer=room, context=longest))
    questions = question_vectors(context.joint, [example.question for example in kept])
    dropouts = config.evidence_dropout, config.context_dropout, config.modality_dropout
    return InstructRows(kept, tokens, questions, texts, config.seed, *dropouts)


def _image_tokens(context: InstructContext, tokens: TokenStore, examples: Sequence[InstructionExample]) -> ImageTokens:
    questions = question_vectors(context.joint, [example.question for example in examples])
    return with_questions(tokens.of([example.case for example in examples]), torch.from_numpy(questions))


def _train_phase(
    context: InstructContext,
    step: InstructStep,
    rows: InstructRows,
    validate: "partial[Validation] | None",
    name: str,
    *,
    epochs: int,
    lr: float,
) -> Trained:
    run = context.run.phase(name)
    return train(
        step,
        adamw(step, towers=(), lr=lr, tower_lr=lr, weight_decay=context.config.weight_decay),
        rows,
        folder=run.folder,
        key=run.key,
        config=replace(context.config.loop(), epochs=epochs),
        validate=validate,
        progress=run.progress,
    )
