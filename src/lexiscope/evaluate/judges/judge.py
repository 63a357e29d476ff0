"""`Judge`: one who scores answers; `JudgedAnswer`: what a judge reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lexiscope.core.files import sha256_json
from lexiscope.core.progress import Progress

FEATURES = (1, 2, 3, 4)  # none, some, most, all and nothing wrong


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer to be judged; nothing in it says who gave it.

    Args:
        case: Id of the case.
        question: Question that was asked.
        context: Context that was told beside the image, if any.
        answer: Answer that is judged.
        reference: Right answer.
        texts: All that is written of the case.
        features: Whether the question asks for features, so that they are scored, too.
    """

    case: str
    question: str
    context: str | None
    answer: str
    reference: str
    texts: str
    features: bool

    @property
    def key(self) -> str:
        """Twelve hex digits: the same answer to the same question is judged once."""
        return sha256_json([self.case, self.question, self.context, self.answer, self.reference])[:12]


@dataclass(frozen=True, slots=True)
class JudgeScore:
    """Score of one answer.

    Args:
        quality: Overall quality, 0 to 100.
        features: Features identified, 1 to 4 (`FEATURES`); None where the question asks for none.
    """

    quality: float
    features: int | None = None


class Judge(Protocol):
    """One who scores answers: rules, a language model, or a person with a sheet."""

    @property
    def name(self) -> str:
        """Name that stands beside the scores."""
        ...

    @property
    def author(self) -> str | None:
        """Generator name under which this judge would write turns; None for one that writes nothing.

        Used to refuse judges that would score what they wrote.
        """
        ...

    @property
    def draws(self) -> int:
        """Number of random answers to each question that it scores for the chance level."""
        ...

    @property
    def limit(self) -> int:
        """Number of turns that it can be asked about in reasonable time."""
        ...

    def scores(self, answers: Sequence[JudgedAnswer], *, progress: Progress | None = None) -> list[JudgeScore | None]:
        """Score each answer, in their order; None where there is no score that can be used.

        Args:
            answers: Answers to be judged; nothing in them says who gave them.
            progress: Called with the number of answers judged.

        Raises:
            LanguageModelError: a language model that does not answer.
        """
        ...
