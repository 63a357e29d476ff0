"""`QuestionGenerator`: the interface of whatever asks and answers, by rules or by a language model."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from lexiscope.core.case import Case
from lexiscope.language.clients.cache import Usage
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.text.reading import CaseReading


class QuestionGenerator(Protocol):
    """Source of candidate questions and answers about cases.

    `author` signs its turns; `failed` holds, by case, why nothing could be got about it.
    """

    author: str
    failed: dict[str, str]

    @property
    def usage(self) -> Usage | None:
        """Tokens and completions of a language model; None by rules."""
        ...

    def read(self, case: Case) -> CaseReading:
        """Sentences about a case, as far as this generator reads them."""
        ...

    def candidates(self, cases: Iterable[Case]) -> Iterator[list[CandidateTurn] | None]:
        """Candidate turns about each case, in the order of the cases and alike in every pass.

        None where nothing could be got this time: the case stays as it is, and the next run asks again.
        """
        ...
