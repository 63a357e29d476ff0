"""`AnswerEvaluation`: answers to questions about images."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from lexiscope.core.settings import Settings
from lexiscope.evaluate.evaluation import EvaluationContext, OpenEvaluation, SettingsClass


class AnswerOptions(Settings):
    """Choices of the evaluation of answers.

    Args:
        limit: Measure on so many of the questions, drawn by the seed; left out, on all of them.
    """

    limit: int | None = Field(default=None, ge=1)


class AnswerEvaluation:
    """Measure answers to questions, beside the question alone and retrieval off."""

    name: ClassVar[str] = "answer"
    Options: ClassVar[SettingsClass] = AnswerOptions
    sections: ClassVar[Mapping[str, str]] = {
        "by_kind": "Kind of question, and its opening word -> how right the answers are.",
        "by_topic": "Topic of the question, where the corpus names topics -> how right the answers are.",
        "mixture": "Weights of language model, classifier, evidence and what is told, and thresholds of abstaining.",
        "taught_with_seed": "Seed that the assistant was trained with.",
    }
    near_spared: ClassVar[float] = 0.05
    rule: ClassVar[str] = (
        "Closed questions are right when the answer reads the same (case and punctuation aside), others by the words "
        "they share (token F1). Chance answers are drawn from those learned from, of the same kind of question. The "
        "baseline question_only is fitted on the questions learned from and sees no image; shuffled_images sees the "
        "image of a case of another group. How evidence and classifier share is seen on the questions learned from, "
        "each without its own group; the language model's part and the thresholds of abstaining come from the split "
        "'val'. Near-duplicates of images learned from are left out when they are at most 5 % of the measured cases. "
        "Intervals: 95 % bootstrap over groups."
    )

    @classmethod
    def open(cls, context: EvaluationContext, options: AnswerOptions) -> OpenEvaluation:
        """Load the assistant with its re-ranker and the retrieval store."""
        from lexiscope.evaluate.answer.evaluate import OpenAnswer

        return OpenAnswer.open(context, options)
