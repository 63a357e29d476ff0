"""The stages of instruction tuning: a re-ranker, the projector alone, the language model with it, the last weights."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch

from lexiscope.answering.answering import MAX_TOKENS, Found
from lexiscope.answering.examples import Lesson
from lexiscope.answering.retrieval import question_vectors
from lexiscope.features.processes import processes
from lexiscope.features.tokens import KeptTokens, keep_tokens
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.classifier import AnswerClassifier
from lexiscope.models.assistant.hub import Hub, load_hub, sees
from lexiscope.models.assistant.language import Language, language_from_scratch, load_language
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.assistant.seen import Seen, branch_widths, with_questions
from lexiscope.models.assistant.tokens import TokenPlan
from lexiscope.models.reranker import Reranker
from lexiscope.training.instruct.calibration import LastWeights
from lexiscope.training.instruct.context import Course
from lexiscope.training.instruct.evidence import LessonEvidence
from lexiscope.training.instruct.rows import InstructRows
from lexiscope.training.instruct.step import InstructStep, validate_answers
from lexiscope.training.loop.loop import Trained, Validation, train
from lexiscope.training.loop.optimizer import adamw

_SAMPLE = 2048  # lessons whose images fix the projector's means


@dataclass(frozen=True)
class Taught:
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

    course: Course

    def teach(self) -> Taught:
        """Run the stages."""
        evidence = self._evidence.find()
        tokens, language = self._tokens(), self._language()
        assistant = self._assistant(language, tokens).to(processes().device)
        if self.course.config.gradient_checkpointing:
            assistant.language.activation_checkpointing_enable({"use_reentrant": False})
        step = InstructStep(assistant, chance=self._chance(assistant)).to(processes().device)
        rows = self._rows(assistant, self.course.train, evidence.train, tokens)
        held_out = self._rows(assistant, self.course.val, evidence.val, tokens)
        held_out = replace(held_out, evidence_dropout=0, context_dropout=1, modality_dropout=0)
        validate = partial(validate_answers, step, held_out, batch=self.course.config.batch) if len(held_out) else None
        stage = partial(self._stage, step, rows, validate)
        if not self.course.config.from_scratch and self.course.config.projector_epochs and self._hub is None:
            assistant.language.requires_grad_(False)
            stage("projector", epochs=self.course.config.projector_epochs, lr=self.course.config.projector_lr)
        _release(assistant)
        trained = stage("language", epochs=self.course.config.passes, lr=self.course.config.language_lr)
        validation = validate() if validate else None
        last = LastWeights(self.course, copy.deepcopy(assistant).settle(), tokens)
        memory = self._evidence.memory if evidence.reranker is not None else None
        classifier, mixture = last.fit(held_out.lessons, evidence, memory)
        left_out = len(self.course.train) + len(self.course.val) - len(rows) - len(held_out)
        notes = (f"{left_out} lessons longer than the language model reads were left out",) if left_out else ()
        return Taught(assistant, classifier, evidence.reranker, mixture, trained, validation, notes)

    @cached_property
    def _evidence(self) -> LessonEvidence:
        return LessonEvidence(self.course)

    def _tokens(self) -> KeptTokens:
        cases = {lesson.case.id: lesson.case for lesson in (*self.course.train, *self.course.val)}
        return keep_tokens(
            self.course.joint.image if self._hub is None else self._hub.eyes,
            self.course.corpus,
            cases=list(cases.values()),
            views=self.course.model.views(),
            plan=self._plan,
            progress=self.course.progress,
        )

    @property
    def _plan(self) -> TokenPlan:
        return TokenPlan(self.course.config.level, self.course.config.side, self.course.config.slices)

    @cached_property
    def _hub(self) -> Hub | None:
        """A ready model that sees by itself, where one was named."""
        config = self.course.config
        if config.from_scratch or not sees(config.language_name, allow_download=config.allow_download):
            return None
        return load_hub(config.language_name, views=self.course.model.views(), allow_download=config.allow_download)

    def _language(self) -> Language:
        if self._hub is not None:
            return self._hub.language
        if not self.course.config.from_scratch:
            return load_language(self.course.config.language_name, allow_download=self.course.config.allow_download)
        texts = [text for lesson in self.course.train for text in (lesson.question, lesson.answer, *lesson.known)]
        return language_from_scratch(texts, seed=self.course.config.seed)

    def _assistant(self, language: Language, tokens: KeptTokens) -> Assistant:
        order = np.random.default_rng(self.course.config.seed).permutation(len(self.course.train))[:_SAMPLE]
        sample = self._seen(tokens, [self.course.train[row] for row in order])
        widths, adapter, hub = branch_widths(sample.tokens), self.course.config.adapter, self._hub
        made = Assistant.on(
            language,
            branches=widths if hub is None else {name: widths[name] for name in hub.eyes.branches if name in widths},
            plan=self._plan,
            adapter=adapter,
            eyes=None if hub is None else hub.eyes,
            marks=None if hub is None else hub.marks,
            bf16=self.course.config.bf16,
            seed=self.course.config.seed,
        )
        made.projector.standardise(sample.tokens, sample.present)
        return made

    def _chance(self, assistant: Assistant) -> float:
        """Entropy of the words of answers, in nats: what knowing their frequencies alone leaves."""
        counts = np.bincount([i for lesson in self.course.train for i in assistant.answer_ids(lesson.answer)])
        rates = counts[counts > 0] / counts.sum()
        return float(-(rates * np.log(rates)).sum())

    def _rows(
        self, assistant: Assistant, lessons: Sequence[Lesson], evidence: list[list[Found]], tokens: KeptTokens
    ) -> InstructRows:
        """The lessons that fit, each with as much of its evidence as fits beside it."""
        kept, texts, contexts, config = [], [], [], self.course.config
        images = assistant.projector.length(self._seen(tokens, lessons[:1]).tokens)
        for lesson, found in zip(lessons, evidence, strict=True):
            if images + assistant.length(write_prompt(lesson.question), lesson.answer) > assistant.limit:
                continue
            room = max(MAX_TOKENS, len(assistant.answer_ids(lesson.answer)))
            free = assistant.limit - images - room
            known = [
                one for one in lesson.known if assistant.length(write_prompt(lesson.question, context=one)) <= free
            ]
            longest = max(known, key=len, default=None)
            kept.append(lesson)
            contexts.append(known)
            own = self._texts(found)
            texts.append(assistant.fitting(own, lesson.question, images=images, answer=room, context=longest))
        questions = question_vectors(self.course.joint, [lesson.question for lesson in kept])
        dropouts = config.evidence_dropout, config.context_dropout, config.modality_dropout
        return InstructRows(kept, tokens, questions, texts, contexts, config.seed, *dropouts)

    def _texts(self, found: Sequence[Found]) -> list[str]:
        """What is read of the evidence, each text once."""
        texts = [self._evidence.memory.items[one.recalled.item].text for one in found]
        return list(dict.fromkeys(texts))[: self.course.config.evidence]

    def _seen(self, tokens: KeptTokens, lessons: Sequence[Lesson]) -> Seen:
        questions = question_vectors(self.course.joint, [lesson.question for lesson in lessons])
        return with_questions(tokens.of([lesson.case for lesson in lessons]), torch.from_numpy(questions))

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
            adamw(step, towers=(), lr=lr, tower_lr=lr, weight_decay=self.course.config.weight_decay),
            rows,
            folder=self.course.folder / name,
            key=f"{self.course.key}-{name}",
            config=replace(self.course.config.loop(), epochs=epochs),
            validate=validate,
            progress=self.course.progress,
        )


def _release(assistant: Assistant) -> None:
    """Let the adapter train, or the whole language model where there is none."""
    adapted = assistant.config.adapter is not None
    for name, weight in assistant.language.named_parameters():
        weight.requires_grad_("lora_" in name if adapted else True)
