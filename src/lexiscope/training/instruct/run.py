"""The stages of instruction tuning: a re-ranker, the projector alone, the language model with it, the last weights."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch

from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.pipeline import MAX_TOKENS, RankedEvidence
from lexiscope.answering.retrieval import question_vectors
from lexiscope.features.processes import process_state
from lexiscope.features.token_store import TokenStore, compute_tokens
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.classifier import AnswerClassifier
from lexiscope.models.assistant.hub_model import HubModel, has_vision_encoder, load_hub_model
from lexiscope.models.assistant.image_tokens import ImageTokens, branch_widths, with_questions
from lexiscope.models.assistant.language import LanguageModel, language_from_scratch, load_language
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.reranker import Reranker
from lexiscope.training.instruct.calibration import PostHocCalibration
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.evidence import EvidenceFinder
from lexiscope.training.instruct.rows import InstructRows
from lexiscope.training.instruct.step import InstructStep, validate_answers
from lexiscope.training.loop.loop import Trained, Validation, train
from lexiscope.training.loop.optimizer import adamw

_SAMPLE = 2048  # lessons whose images fix the projector's means


@dataclass(frozen=True)
class TrainedAssistant:
    """What the stages gave.

    Args:
        classifier: None where no question was taught.
        reranker: None where there was no other group to retrieve from.
        validation: Of the kept weights; None without held-out lessons.
        notes: What the user should know about how it went.
    """

    assistant: Assistant
    classifier: AnswerClassifier | None
    reranker: Reranker | None
    mixture: Mixture
    trained: Trained
    validation: Validation | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class InstructRun:
    """One run, from the lessons of a course to an assistant."""

    context: InstructContext

    def teach(self) -> TrainedAssistant:
        """Run the stages."""
        evidence = self._evidence.find()
        tokens, language = self._tokens(), self._language()
        assistant = self._assistant(language, tokens).to(process_state().device)
        if self.context.config.gradient_checkpointing:
            assistant.language.activation_checkpointing_enable({"use_reentrant": False})
        step = InstructStep(assistant, chance=self._chance(assistant)).to(process_state().device)
        rows = self._rows(assistant, self.context.train, evidence.train, tokens)
        held_out = self._rows(assistant, self.context.val, evidence.val, tokens)
        held_out = replace(held_out, evidence_dropout=0, context_dropout=1, modality_dropout=0)
        validate = partial(validate_answers, step, held_out, batch=self.context.config.batch) if len(held_out) else None
        stage = partial(self._stage, step, rows, validate)
        if not self.context.config.from_scratch and self.context.config.projector_epochs and self._hub is None:
            assistant.language.requires_grad_(False)
            stage("projector", epochs=self.context.config.projector_epochs, lr=self.context.config.projector_lr)
        _release(assistant)
        trained = stage("language", epochs=self.context.config.passes, lr=self.context.config.language_lr)
        validation = validate() if validate else None
        last = PostHocCalibration(self.context, copy.deepcopy(assistant).merge_for_inference(), tokens)
        memory = self._evidence.memory if evidence.reranker is not None else None
        classifier, mixture = last.fit(held_out.lessons, evidence, memory)
        left_out = len(self.context.train) + len(self.context.val) - len(rows) - len(held_out)
        notes = (f"{left_out} lessons longer than the language model reads were left out",) if left_out else ()
        return TrainedAssistant(assistant, classifier, evidence.reranker, mixture, trained, validation, notes)

    @cached_property
    def _evidence(self) -> EvidenceFinder:
        return EvidenceFinder(self.context)

    def _tokens(self) -> TokenStore:
        cases = {example.case.id: example.case for example in (*self.context.train, *self.context.val)}
        return compute_tokens(
            self.context.joint.image if self._hub is None else self._hub.vision_encoder,
            self.context.corpus,
            cases=list(cases.values()),
            views=self.context.model.views(),
            plan=self._plan,
            progress=self.context.progress,
        )

    @property
    def _plan(self) -> TokenPlan:
        return TokenPlan(self.context.config.level, self.context.config.side, self.context.config.slices)

    @cached_property
    def _hub(self) -> HubModel | None:
        """A ready model that sees by itself, where one was named."""
        config = self.context.config
        if config.from_scratch or not has_vision_encoder(config.language_name, allow_download=config.allow_download):
            return None
        return load_hub_model(
            config.language_name, views=self.context.model.views(), allow_download=config.allow_download
        )

    def _language(self) -> LanguageModel:
        if self._hub is not None:
            return self._hub.language
        if not self.context.config.from_scratch:
            return load_language(self.context.config.language_name, allow_download=self.context.config.allow_download)
        texts = [text for example in self.context.train for text in (example.question, example.answer, *example.known)]
        return language_from_scratch(texts, seed=self.context.config.seed)

    def _assistant(self, language: LanguageModel, tokens: TokenStore) -> Assistant:
        order = np.random.default_rng(self.context.config.seed).permutation(len(self.context.train))[:_SAMPLE]
        sample = self._seen(tokens, [self.context.train[row] for row in order])
        widths, adapter, hub = branch_widths(sample.tokens), self.context.config.adapter, self._hub
        made = Assistant.on(
            language,
            branches=widths
            if hub is None
            else {name: widths[name] for name in hub.vision_encoder.branches if name in widths},
            plan=self._plan,
            adapter=adapter,
            vision_encoder=None if hub is None else hub.vision_encoder,
            chat_format=None if hub is None else hub.chat_format,
            bf16=self.context.config.bf16,
            seed=self.context.config.seed,
        )
        made.projector.standardise(sample.tokens, sample.present)
        return made

    def _chance(self, assistant: Assistant) -> float:
        """Entropy of the words of answers, in nats: what knowing their frequencies alone leaves."""
        counts = np.bincount([i for example in self.context.train for i in assistant.answer_ids(example.answer)])
        rates = counts[counts > 0] / counts.sum()
        return float(-(rates * np.log(rates)).sum())

    def _rows(
        self,
        assistant: Assistant,
        lessons: Sequence[InstructionExample],
        evidence: list[list[RankedEvidence]],
        tokens: TokenStore,
    ) -> InstructRows:
        """The lessons that fit, each with as much of its evidence as fits beside it."""
        kept, texts, contexts, config = [], [], [], self.context.config
        images = assistant.projector.length(self._seen(tokens, lessons[:1]).tokens)
        for example, found in zip(lessons, evidence, strict=True):
            if (
                images + assistant.prompt_length(write_prompt(example.question), example.answer)
                > assistant.context_length
            ):
                continue
            room = max(MAX_TOKENS, len(assistant.answer_ids(example.answer)))
            free = assistant.context_length - images - room
            known = [
                one
                for one in example.known
                if assistant.prompt_length(write_prompt(example.question, context=one)) <= free
            ]
            longest = max(known, key=len, default=None)
            kept.append(example)
            contexts.append(known)
            own = self._texts(found)
            texts.append(assistant.fit_evidence(own, example.question, images=images, answer=room, context=longest))
        questions = question_vectors(self.context.joint, [example.question for example in kept])
        dropouts = config.evidence_dropout, config.context_dropout, config.modality_dropout
        return InstructRows(kept, tokens, questions, texts, contexts, config.seed, *dropouts)

    def _texts(self, found: Sequence[RankedEvidence]) -> list[str]:
        """What is read of the evidence, each text once."""
        texts = [self._evidence.memory.items[one.retrieved.item].text for one in found]
        return list(dict.fromkeys(texts))[: self.context.config.evidence]

    def _seen(self, tokens: TokenStore, lessons: Sequence[InstructionExample]) -> ImageTokens:
        questions = question_vectors(self.context.joint, [example.question for example in lessons])
        return with_questions(tokens.of([example.case for example in lessons]), torch.from_numpy(questions))

    def _stage(
        self,
        step: InstructStep,
        rows: InstructRows,
        validate: "partial[Validation] | None",
        name: str,
        *,
        epochs: int,
        lr: float,
    ) -> Trained:
        return train(
            step,
            adamw(step, towers=(), lr=lr, tower_lr=lr, weight_decay=self.context.config.weight_decay),
            rows,
            folder=self.context.folder / name,
            key=f"{self.context.key}-{name}",
            config=replace(self.context.config.loop(), epochs=epochs),
            validate=validate,
            progress=self.context.progress,
        )


def _release(assistant: Assistant) -> None:
    """Let the adapter train, or the whole language model where there is none."""
    adapted = assistant.config.adapter is not None
    for name, weight in assistant.language.named_parameters():
        weight.requires_grad_("lora_" in name if adapted else True)
