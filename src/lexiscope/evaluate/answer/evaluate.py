"""Answers measured: how right they are, when the model abstains and what it cites, beside what sees no image."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.answering.candidates import ScoredCandidates
from lexiscope.answering.examples import CAPTION, InstructionExample, find_instruction_examples
from lexiscope.answering.questions import Questions
from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.corpus.duplicates.same_group import excluded_groups
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.answer.baselines import BaselineAnswers, majority_answers, question_only_answers, random_answers
from lexiscope.evaluate.answer.evaluation import AnswerOptions
from lexiscope.evaluate.answer.measure import AnswerMeasure
from lexiscope.evaluate.evaluation import EvaluationContext, Measurements
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.metrics.answers import selective_risk
from lexiscope.evaluate.perturbations import BLANK, SHUFFLED, blank_questions, shuffled_questions
from lexiscope.evaluate.statistics import Estimate
from lexiscope.evaluate.verdict import verdict
from lexiscope.features.token_store import compute_tokens
from lexiscope.features.vectors import case_vectors
from lexiscope.models.assistant.mixture import Mixture, Weights
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer

_COMPARED = {
    "question_only": ("The model", "the question alone"),
    "no_retrieval": ("Retrieval on", "retrieval off"),  # left out where nothing was trained to be retrieved
}
_RANDOM = 20  # random answers to each question, for the chance level


@dataclass(frozen=True, slots=True)
class AnswerItems:
    """Questions that are measured.

    Args:
        examples: Questions with their true answers.
        learned: Questions that the assistant was trained on.
        questions: The same questions with what is seen of their cases.
    """

    examples: Sequence[InstructionExample]
    learned: Sequence[InstructionExample]
    questions: Questions

    @property
    def cases(self) -> list[Case]:
        """Case of each question."""
        return [example.case for example in self.examples]


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """Answers, ready to be measured. Use `OpenAnswer.open`."""

    context: EvaluationContext
    options: AnswerOptions
    answerer: Answerer

    @classmethod
    def open(cls, context: EvaluationContext, options: AnswerOptions) -> "OpenAnswer":
        """Load the assistant."""
        return cls(context, options, Answerer.open(context.model, progress=context.progress))

    @property
    def learned_from(self) -> CorpusPart:
        """Corpus part that the assistant was trained on."""
        return self.answerer.cases.part

    def items(self, measured: MeasuredSplit) -> AnswerItems:
        """Questions about images that the model reads, at most `limit` of them, and those that it was trained on."""
        model, seed = self.context.model, self.context.seed
        examples = _limited(_examples(model, measured.cases()), self.options.limit, seed=seed)
        if not examples:
            msg = f"expected questions about images in split {measured.split!r} of {measured.corpus.path}, found none"
            raise EvaluationError(f"{msg}; build a corpus with --as questions, or name another with --split")
        learned = _examples(model, self.learned_from.cases())
        if not learned:
            msg = f"expected an assistant that was trained on questions, {model.path} was trained on none"
            raise EvaluationError(f"{msg}; train it on a corpus built with --as questions: lexiscope train instruct")
        return AnswerItems(examples, learned, self._questions(examples))

    def answers(self, items: AnswerItems) -> list[ScoredCandidates]:
        """Score every candidate answer to each question."""
        return self._scored(items.questions)

    def baselines(self, items: AnswerItems, answers: Sequence[ScoredCandidates]) -> dict[str, BaselineAnswers]:
        """Answers without the image, without the question's own image, and without evidence."""
        joint, mixture = self.answerer.pipeline.joint, self.answerer.mixture
        shuffled = shuffled_questions(items.questions, items.cases, seed=self.context.seed)
        baselines = {
            "majority": majority_answers(items.learned, items.examples),
            "question_only": question_only_answers(joint, items.learned, items.examples),
            BLANK: _decided(self._scored(blank_questions(items.questions)), mixture),
            SHUFFLED: _decided(self._scored(shuffled), mixture),
        }
        if self.answerer.pipeline.store is not None:
            baselines["no_retrieval"] = _decided(self._scored(items.questions, retrieve=False), mixture)
            baselines["evidence_only"] = _decided(answers, _evidence_alone(mixture))
        return baselines

    def measure(
        self, items: AnswerItems, answers: Sequence[ScoredCandidates], baselines: Mapping[str, BaselineAnswers]
    ) -> Measurements:
        """Accuracy of closed questions, shared words of open ones, risk of what is answered, support of citations."""
        seed, resamples = self.context.seed, self.context.resamples
        guesses = [random_answers(items.learned, items.examples, seed=seed + draw) for draw in range(_RANDOM)]
        measure = AnswerMeasure(items.examples, guesses, seed, resamples)
        given = _decided(answers, self.answerer.mixture)
        compared = [name for name in _COMPARED if name in baselines]
        differences = {name: measure.difference(given, baselines[name]) for name in compared}
        return Measurements.about(
            items.cases,
            measure.all(given) | self._abstaining(measure, given, answers) | self._citing(measure, given, answers),
            baselines={name: measure.all(found) for name, found in baselines.items()},
            differences=differences,
            verdicts=[
                verdict(found, what=_COMPARED[name][0], than=_COMPARED[name][1]) for name, found in differences.items()
            ],
            sections={
                "by_kind": measure.by_kind(given),
                "by_topic": measure.by_topic(given),
                "mixture": self.answerer.mixture.to_dict(),
                "taught_with_seed": self.context.model.record("assistant")["seed"],
            },
        )

    def _questions(self, examples: Sequence[InstructionExample]) -> Questions:
        run, joint, assistant = self.context, self.answerer.pipeline.joint, self.answerer.pipeline.assistant
        cases = [example.case for example in examples]
        tokens = compute_tokens(
            assistant.image_encoder(joint.image),
            run.corpus,
            cases=list({case.id: case for case in cases}.values()),
            views=run.model.views(),
            plan=assistant.plan,
            progress=run.progress,
        )
        vectors = case_vectors(joint, run.corpus, cases, views=run.model.views(), progress=run.progress)
        excluded = excluded_groups(self.learned_from.corpus, cases)
        return Questions([example.question for example in examples], tokens.of(cases), vectors, excluded)

    def _scored(self, questions: Questions, *, retrieve: bool = True) -> list[ScoredCandidates]:
        scored = []
        for one in self.answerer.pipeline.score_answers(questions, retrieve=retrieve):
            scored.append(one)
            if self.context.progress:
                self.context.progress(len(scored), len(questions.texts), "questions answered")
        return scored

    def _abstaining(
        self, measure: AnswerMeasure, given: BaselineAnswers, answers: Sequence[ScoredCandidates]
    ) -> dict[str, Estimate]:
        """The share of questions that are answered, and the errors among them; chance is not to abstain."""
        mixture = self.answerer.mixture
        answered = np.array(
            [one.weights(mixture).gives(score) for one, score in zip(answers, given.scores, strict=True)]
        )
        right, everything = measure.right(given), np.arange(len(answered))
        estimates = {"coverage": measure.part(answered.astype(float), everything, chance=1.0)}
        if answered.any():
            chance = selective_risk(np.ones_like(answered), right)
            estimates["selective_risk"] = measure.part(1 - right, np.flatnonzero(answered), chance=chance)
        return estimates

    def _citing(
        self, measure: AnswerMeasure, given: BaselineAnswers, answers: Sequence[ScoredCandidates]
    ) -> dict[str, Estimate]:
        """The share of answers whose first citation supports them; chance cites from another question's evidence."""
        store = self.answerer.pipeline.store
        if store is None:
            return {}
        order = np.random.default_rng(measure.seed).permutation(len(answers))

        def supported(answer: str, one: ScoredCandidates) -> float:
            cited = self.answerer.cited(one.evidence, answer)
            return float(bool(cited) and store.items[cited[0].retrieved.item].supports(answer))

        own = [supported(answer, one) for answer, one in zip(given.answers, answers, strict=True)]
        others = [supported(answer, answers[row]) for answer, row in zip(given.answers, order, strict=True)]
        chance = float(np.mean(others))
        return {"citation_support": measure.part(np.array(own), np.arange(len(own)), chance=chance)}


def _examples(model: ModelDirectory, cases: Iterable[Case]) -> list[InstructionExample]:
    examples = find_instruction_examples(cases, modalities=list(model.views()))
    return [example for example in examples if example.kind != CAPTION]


def _limited(examples: list[InstructionExample], limit: int | None, *, seed: int) -> list[InstructionExample]:
    """At most so many of the examples, drawn by the seed, in their order."""
    if limit is None or limit >= len(examples):
        return examples
    return [examples[row] for row in sorted(np.random.default_rng(seed).permutation(len(examples))[:limit])]


def _evidence_alone(mixture: Mixture) -> Mixture:
    """Weights that count nothing but evidence."""
    closed, open_ended = (Weights(evidence=1.0, temperature=one.temperature) for one in (mixture.closed, mixture.open))
    return Mixture(closed, open_ended)


def _decided(answers: Sequence[ScoredCandidates], mixture: Mixture) -> BaselineAnswers:
    """Take the best candidate of each question."""
    best = [one.best(mixture) for one in answers]
    return BaselineAnswers([answer for answer, _ in best], [score for _, score in best])
