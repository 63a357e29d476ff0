"""The stages of instruction tuning: a re-ranker, the projector alone, the language model with it, the last weights."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import torch

from lexiscope.corpus import Corpus
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.classifier import AnswerClassifier
from lexiscope.models.assistant.hub import Hub, load_hub, sees
from lexiscope.models.assistant.language import Language, language_from_scratch, load_language
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.assistant.seen import Seen, branch_widths, with_questions
from lexiscope.models.assistant.tokens import TokenPlan
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker
from lexiscope.training.answering import MAX_TOKENS, Found
from lexiscope.training.instruct_config import InstructConfig
from lexiscope.training.instruct_evidence import LessonEvidence
from lexiscope.training.instruct_rows import InstructRows
from lexiscope.training.instruct_step import InstructStep, validate_answers
from lexiscope.training.kept_tokens import KeptTokens, keep_tokens
from lexiscope.training.last_weights import LastWeights
from lexiscope.training.lessons import Lesson
from lexiscope.training.loop import ProgressCall, Trained, Validation, train
from lexiscope.training.memory import question_vectors
from lexiscope.training.optimizer import adamw
from lexiscope.training.processes import processes
from lexiscope.training.rerank import Words

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
    """One run, from the lessons of a corpus to an assistant.

    Args:
        train_lessons: What is learned from.
        val_lessons: What decides the best epoch and the last weights; possibly nothing.
        key: Hash of everything that decides the run.
        folder: Of checkpoints and logs.
    """

    corpus: Corpus
    model: ModelDirectory
    train_lessons: Sequence[Lesson]
    val_lessons: Sequence[Lesson]
    config: InstructConfig
    key: str
    folder: Path
    progress: ProgressCall | None

    def teach(self) -> Taught:
        """Run the stages."""
        evidence = self._evidence.find()
        tokens, language = self._tokens(), self._language()
        assistant = self._assistant(language, tokens).to(processes().device)
        if self.config.gradient_checkpointing:
            assistant.language.activation_checkpointing_enable({"use_reentrant": False})
        step = InstructStep(assistant, chance=self._chance(assistant)).to(processes().device)
        rows = self._rows(assistant, self.train_lessons, evidence.train, tokens)
        held_out = self._rows(assistant, self.val_lessons, evidence.val, tokens)
        held_out = replace(held_out, evidence_dropout=0, context_dropout=1, modality_dropout=0)
        validate = partial(validate_answers, step, held_out, batch=self.config.batch) if len(held_out) else None
        stage = partial(self._stage, step, rows, validate)
        if not self.config.from_scratch and self.config.projector_epochs and self._hub is None:
            assistant.language.requires_grad_(False)
            stage("projector", epochs=self.config.projector_epochs, lr=self.config.projector_lr)
        _release(assistant)
        trained = stage("language", epochs=self.config.passes, lr=self.config.language_lr)
        validation = validate() if validate else None
        read, seed = self.config.evidence, self.config.seed
        settled = copy.deepcopy(assistant).settle()
        last = LastWeights(self.corpus, self.model, self._joint, settled, self._words, tokens, read=read, seed=seed)
        memory = self._evidence.memory if evidence.reranker is not None else None
        classifier, mixture = last.fit(self.train_lessons, held_out.lessons, evidence, memory)
        left_out = len(self.train_lessons) + len(self.val_lessons) - len(rows) - len(held_out)
        notes = (f"{left_out} lessons longer than the language model reads were left out",) if left_out else ()
        return Taught(assistant, classifier, evidence.reranker, mixture, trained, validation, notes)

    @cached_property
    def _joint(self) -> JointSpace:
        return self.model.joint().to(processes().device)

    @cached_property
    def _words(self) -> Words:
        return Words(self._joint)

    @cached_property
    def _evidence(self) -> LessonEvidence:
        return LessonEvidence(
            self.corpus,
            self.model,
            self._joint,
            self._words,
            self.config,
            self.key,
            self.folder,
            self.progress,
            self.train_lessons,
            self.val_lessons,
        )

    def _tokens(self) -> KeptTokens:
        cases = {lesson.case.id: lesson.case for lesson in (*self.train_lessons, *self.val_lessons)}
        return keep_tokens(
            self._joint.image if self._hub is None else self._hub.eyes,
            self.corpus,
            cases=list(cases.values()),
            views=self.model.views(),
            plan=self._plan,
            progress=self.progress,
        )

    @property
    def _plan(self) -> TokenPlan:
        return TokenPlan(self.config.level, self.config.side, self.config.slices)

    @cached_property
    def _hub(self) -> Hub | None:
        """A ready model that sees by itself, where one was named."""
        config = self.config
        if config.from_scratch or not sees(config.language_name, allow_download=config.allow_download):
            return None
        return load_hub(config.language_name, views=self.model.views(), allow_download=config.allow_download)

    def _language(self) -> Language:
        if self._hub is not None:
            return self._hub.language
        if not self.config.from_scratch:
            return load_language(self.config.language_name, allow_download=self.config.allow_download)
        texts = [text for lesson in self.train_lessons for text in (lesson.question, lesson.answer, *lesson.known)]
        return language_from_scratch(texts, seed=self.config.seed)

    def _assistant(self, language: Language, tokens: KeptTokens) -> Assistant:
        order = np.random.default_rng(self.config.seed).permutation(len(self.train_lessons))[:_SAMPLE]
        sample = self._seen(tokens, [self.train_lessons[row] for row in order])
        widths, adapter, hub = branch_widths(sample.tokens), self.config.adapter, self._hub
        made = Assistant.on(
            language,
            branches=widths if hub is None else {name: widths[name] for name in hub.eyes.branches if name in widths},
            plan=self._plan,
            adapter=adapter,
            eyes=None if hub is None else hub.eyes,
            marks=None if hub is None else hub.marks,
            bf16=self.config.bf16,
            seed=self.config.seed,
        )
        made.projector.standardise(sample.tokens, sample.present)
        return made

    def _chance(self, assistant: Assistant) -> float:
        """Entropy of the words of answers, in nats: what knowing their frequencies alone leaves."""
        counts = np.bincount([i for lesson in self.train_lessons for i in assistant.answer_ids(lesson.answer)])
        rates = counts[counts > 0] / counts.sum()
        return float(-(rates * np.log(rates)).sum())

    def _rows(
        self, assistant: Assistant, lessons: Sequence[Lesson], evidence: list[list[Found]], tokens: KeptTokens
    ) -> InstructRows:
        """The lessons that fit, each with as much of its evidence as fits beside it."""
        kept, texts, contexts, config = [], [], [], self.config
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
        questions = question_vectors(self._joint, [lesson.question for lesson in kept])
        dropouts = config.evidence_dropout, config.context_dropout, config.modality_dropout
        return InstructRows(kept, tokens, questions, texts, contexts, config.seed, *dropouts)

    def _texts(self, found: Sequence[Found]) -> list[str]:
        """What is read of the evidence, each text once."""
        texts = [self._evidence.memory.items[one.recalled.item].text for one in found]
        return list(dict.fromkeys(texts))[: self.config.evidence]

    def _seen(self, tokens: KeptTokens, lessons: Sequence[Lesson]) -> Seen:
        questions = question_vectors(self._joint, [lesson.question for lesson in lessons])
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
            adamw(step, towers=(), lr=lr, tower_lr=lr, weight_decay=self.config.weight_decay),
            rows,
            folder=self.folder / name,
            key=f"{self.key}-{name}",
            config=replace(self.config.loop(), epochs=epochs),
            validate=validate,
            progress=self.progress,
        )


def _release(assistant: Assistant) -> None:
    """Let the adapter train, or the whole language model where there is none."""
    adapted = assistant.config.adapter is not None
    for name, weight in assistant.language.named_parameters():
        weight.requires_grad_("lora_" in name if adapted else True)
