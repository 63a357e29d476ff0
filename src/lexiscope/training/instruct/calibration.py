"""`LastWeights`: what is fitted when the language model is done: the classifier of answers, and how all are weighed."""

from collections.abc import Sequence
from dataclasses import dataclass

from lexiscope.answering.answering import Answering, Questions, Weighed
from lexiscope.answering.examples import CAPTION, Lesson, find_lessons, right_answer, with_known
from lexiscope.answering.retrieval import Memory
from lexiscope.corpus.duplicates.same_group import families, own_groups
from lexiscope.features.tokens import KeptTokens
from lexiscope.features.vectors import case_vectors
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.classifier import AnswerClassifier
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.training.instruct.context import Course
from lexiscope.training.instruct.evidence import FoundEvidence
from lexiscope.training.instruct.fit_classifier import Fitted, fit_classifier
from lexiscope.training.instruct.fit_mixture import fit_mixture


@dataclass(frozen=True)
class LastWeights:
    """Fits the last weights of one run; see `InstructRun`.

    Args:
        assistant: Taught, and settled.
        tokens: Of the cases of all lessons.
    """

    course: Course
    assistant: Assistant
    tokens: KeptTokens

    def fit(
        self, held_out: Sequence[Lesson], evidence: FoundEvidence, memory: Memory | None
    ) -> tuple[AnswerClassifier | None, Mixture]:
        """The classifier of answers, None where no question was taught, and the mixture.

        Args:
            held_out: Lessons that decide the mixture.
        """
        fitted = self._classifier()
        classifier = None if fitted is None else fitted.classifier
        course, read = self.course, self.course.config.evidence
        answering = Answering(
            course.joint, self.assistant, classifier, evidence.reranker, memory, course.words, read=read
        )
        return classifier, self._mixture(answering, held_out, _foretold(answering, fitted, course.train, evidence))

    def _classifier(self) -> Fitted | None:
        """All questions about the cases count here, also those that `per_case` spares the language model."""
        cases = {lesson.case.id: lesson.case for lesson in self.course.train}
        lessons = with_known(find_lessons(cases.values(), modalities=list(self.course.model.views())))
        groups = families(own_groups(self.course.corpus, [lesson.case for lesson in lessons]))
        return fit_classifier(self.course.joint, lessons, self.tokens, groups=groups, seed=self.course.config.seed)

    def _mixture(
        self, answering: Answering, held_out: Sequence[Lesson], foretold: Sequence[tuple[Weighed, str]]
    ) -> Mixture:
        asked = [lesson for lesson in held_out if lesson.kind != CAPTION]
        if not asked:
            return fit_mixture([], [], right=right_answer)
        cases = [lesson.case for lesson in asked]
        questions = Questions(
            [lesson.question for lesson in asked],
            self.tokens.of(cases),
            case_vectors(self.course.joint, self.course.corpus, cases, views=self.course.model.views()),
            own_groups(self.course.corpus, cases),
        )
        weighed = list(answering.weigh(questions))
        return fit_mixture(weighed, [lesson.answer for lesson in asked], foretold=foretold, right=right_answer)


def _foretold(
    answering: Answering, fitted: Fitted | None, train: Sequence[Lesson], evidence: FoundEvidence
) -> list[tuple[Weighed, str]]:
    """What evidence and classifier propose for training questions, from re-rankers and regressions without them."""
    if fitted is None or answering.memory is None:
        return []
    names = [(lesson.case.id, lesson.question) for lesson in train]
    return [
        (answering.without_words(lesson.question, found, fitted.foretold[name]), lesson.answer)
        for name, lesson, found in zip(names, train, evidence.train, strict=True)
        if name in fitted.foretold
    ]
