"""`Turn`: a question about a case, its answer, and the passages that support it."""

from dataclasses import dataclass

from lexiscope.core.errors import CaseError
from lexiscope.core.storable import check_all, check_name, check_text, check_whole

TURN_KINDS = ("open", "closed", "defect", "feature")
TURN_LEVELS = ("simple", "complex")


@dataclass(frozen=True, slots=True)
class Span:
    """Stretch of one passage of the same case: `case.texts[passage].text[start:end]`.

    Args:
        passage: Index of the passage in `Case.texts`.
        start: First character.
        end: Character behind the last one.
    """

    passage: int
    start: int
    end: int

    def __post_init__(self) -> None:
        for what, number in (("passage", self.passage), ("start", self.start), ("end", self.end)):
            check_whole(f"{what} of a span", number)
        if self.passage < 0 or not 0 <= self.start < self.end:
            msg = f"a span needs passage >= 0 and 0 <= start < end, got {self.passage}, {self.start}, {self.end}"
            raise CaseError(msg)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question about a case and its answer.

    Args:
        question: The question in words.
        answer: The answer in words.
        kind: "open", "closed" (yes/no or a choice), "defect" (is there one) or "feature" (what is seen).
        level: "simple" (seen at a glance) or "complex" (needs reasoning).
        author: "human", or the name of the generator that wrote it.
        evidence: Stretches of the case's passages that support the answer.
        topic: Topic of the question in the terms of its own set, such as "PRES"; several joined by "; ".

    Raises:
        CaseError: empty question, answer or topic, unknown kind or level, or a value that no corpus can store.
    """

    question: str
    answer: str
    kind: str = "open"
    level: str = "simple"
    author: str = "human"
    evidence: tuple[Span, ...] = ()
    topic: str | None = None

    def __post_init__(self) -> None:
        check_text("a question", self.question)
        check_text("an answer", self.answer)
        check_name("the author of a turn", self.author)
        check_all("the evidence of a turn", self.evidence, Span)
        if self.topic is not None:
            check_text("the topic of a turn", self.topic)
        if not self.question.strip() or not self.answer.strip():
            msg = f"a turn needs a question and an answer, got {self.question!r} and {self.answer!r}; drop the row"
            raise CaseError(msg)
        if self.kind not in TURN_KINDS:
            raise CaseError(f"turn kind must be one of {', '.join(TURN_KINDS)}, got {self.kind!r}")
        if self.level not in TURN_LEVELS:
            raise CaseError(f"turn level must be one of {', '.join(TURN_LEVELS)}, got {self.level!r}")
        if self.topic is not None and not self.topic.strip():
            raise CaseError("the topic of a turn must be words, got empty ones; use None when there is none")

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics one by one.

        Example:
            >>> Turn("Is it red?", "Yes", topic="COLOUR; PRES").topics
            ('COLOUR', 'PRES')
        """
        return tuple(filter(None, map(str.strip, (self.topic or "").split(";"))))

    @property
    def statement(self) -> str:
        """Question and answer as one text, for whatever reads texts.

        Example:
            >>> Turn("Is it red?", "Yes").statement
            'Is it red? Yes'
        """
        return f"{self.question} {self.answer}"
