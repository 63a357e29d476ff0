"""`PostHocCalibration`: what is fitted when the language model is done: the classifier of answers, and how all are
weighed."""

from collections.abc import Sequence
from dataclasses import dataclass

from lexiscope.answering.examples import CAPTION, InstructionExample, find_instruction_examples, is_right, with_contexts
from lexiscope.answering.pipeline import AnswerPipeline, Questions, ScoredCandidates
from lexiscope.answering.retrieval import RetrievalStore
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


@dataclass(frozen=True)
class PostHocCalibration:
    """Fits the last weights of one run; see `InstructRun`.

    Args:
        assistant: Taught, and settled.
        tokens: Of the cases of all lessons.
    """

    context: InstructContext
    assistant: Assistant
    tokens: TokenStore

    def fit(
        self, held_out: Sequence[InstructionExample], evidence: ExampleEvidence, memory: RetrievalStore | None
    ) -> tuple[AnswerClassifier | None, Mixture]:
        """The classifier of answers, None where no question was taught, and the mixture.

        Args:
            held_out: Lessons that decide the mixture.
        """
        fitted = self._classifier()
        classifier = None if fitted is None else fitted.classifier
        context, read = self.context, self.context.config.evidence
        answering = AnswerPipeline(
            context.joint, self.assistant, classifier, evidence.reranker, memory, context.words, read=read
        )
        return classifier, self._mixture(answering, held_out, _foretold(answering, fitted, context.train, evidence))

    def _classifier(self) -> FittedClassifier | None:
        """All questions about the cases count here, also those that `per_case` spares the language model."""
        cases = {example.case.id: example.case for example in self.context.train}
        lessons = with_contexts(find_instruction_examples(cases.values(), modalities=list(self.context.model.views())))
        groups = connected_groups(excluded_groups(self.context.corpus, [example.case for example in lessons]))
        return fit_classifier(self.context.joint, lessons, self.tokens, groups=groups, seed=self.context.config.seed)

    def _mixture(
        self,
        answering: AnswerPipeline,
        held_out: Sequence[InstructionExample],
        foretold: Sequence[tuple[ScoredCandidates, str]],
    ) -> Mixture:
        asked = [example for example in held_out if example.kind != CAPTION]
        if not asked:
            return fit_mixture([], [], right=is_right)
        cases = [example.case for example in asked]
        questions = Questions(
            [example.question for example in asked],
            self.tokens.of(cases),
            case_vectors(self.context.joint, self.context.corpus, cases, views=self.context.model.views()),
            excluded_groups(self.context.corpus, cases),
        )
        weighed = list(answering.score_answers(questions))
        return fit_mixture(weighed, [example.answer for example in asked], foretold=foretold, right=is_right)


def _foretold(
    answering: AnswerPipeline,
    fitted: FittedClassifier | None,
    train: Sequence[InstructionExample],
    evidence: ExampleEvidence,
) -> list[tuple[ScoredCandidates, str]]:
    """What evidence and classifier propose for training questions, from re-rankers and regressions without them."""
    if fitted is None or answering.memory is None:
        return []
    names = [(example.case.id, example.question) for example in train]
    return [
        (answering.without_language_model(example.question, found, fitted.foretold[name]), example.answer)
        for name, example, found in zip(names, train, evidence.train, strict=True)
        if name in fitted.foretold
    ]
