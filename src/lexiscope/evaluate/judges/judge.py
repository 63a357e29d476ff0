"""`Judge`: whoever marks answers, and what is laid before him."""

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
        context: What the one who answered was told.
        reference: The right answer.
        texts: All that is written of the case.
        features: Whether the question asks for features, so that they are marked, too.
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
        """Twelve hex digits: the same answer to the same question is one exhibit."""
        return sha256_json([self.case, self.question, self.context, self.answer, self.reference])[:12]


@dataclass(frozen=True, slots=True)
class JudgeScore:
    """What a judge says of one answer.

    Args:
        quality: 0 to 100.
        features: 1 to 4 (`FEATURES`); None where the question asks for none.
    """

    quality: float
    features: int | None = None


class Judge(Protocol):
    """Who marks answers.

    `name` stands beside the marks; `author` is what the turns would be signed with if he had written them, None for one
    that writes nothing; `draws` is how many random answers to each question he marks for the chance level, and `most`
    the number of turns that he can be asked about in reasonable time.
    """

    name: str
    author: str | None
    draws: int
    most: int

    def marks(self, exhibits: Sequence[JudgedAnswer], *, progress: Progress | None = None) -> list[JudgeScore | None]:
        """One mark for each, in their order; None where he gave none that can be used.

        Raises:
            DoorError: a language model that does not answer.
        """
        ...
