"""`CorrectedCaption`: words about a case that a person wrote, in place of a passage or of what a model said."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span, Turn
from lexiscope.corpus.corrections.correction import HUMAN, Correction


@dataclass(frozen=True, slots=True)
class CorrectedCaption:
    """A new text of a case.

    Args:
        text: The words.
        instead_of: Text of the passage that it takes the place of, of whatever kind, letter for letter; None for a
            caption beside the passages of the case, such as one that corrects what a model said.

    Raises:
        CaseError: no words, or such as no corpus can store.
    """

    text: str
    instead_of: str | None = None
    kind: ClassVar[str] = "caption"

    def __post_init__(self) -> None:
        Passage("caption", self.text)
        if self.instead_of is not None:
            Passage("caption", self.instead_of)

    @property
    def subject(self) -> str:
        """What is corrected, in a word or two.

        Example:
            >>> CorrectedCaption("A red disc.").subject
            'caption'
        """
        return "caption"

    def require(self, case: Case) -> None:
        """Refuse a text in place of one that the case does not have.

        Raises:
            UsageError: no passage of the case has the text `instead_of`.
        """
        if self.instead_of is not None and self.before(case) is None:
            have = "; ".join(repr(text.text[:40]) for text in case.texts[:3]) or "none"
            msg = f"expected the text of a passage of case {case.id}, got {self.instead_of[:80]!r}, it has {have}"
            raise UsageError(f"{msg}; read the case again, or leave out what it is instead of")

    def before(self, case: Case) -> dict[str, Any] | None:
        """The passage that it takes the place of, as JSON types; None where there is none."""
        found = next((text for text in case.texts if text.text == self.instead_of), None)
        return None if found is None else asdict(found)

    def holds(self, case: Case) -> bool:  # noqa: ARG002 - as of every kind
        """True: a text can be said of any case."""
        return True


def with_captions(case: Case, corrections: Sequence[Correction]) -> Case:
    """The case with the texts that people gave it; evidence follows its words, or goes with them.

    Args:
        case: The case as a source or a writer gives it, or as it was corrected before.
        corrections: Corrections of its captions, the oldest first.
    """
    threads = _threads(corrections)
    newest = {text: thread for thread in threads for text in thread.texts}
    texts: list[Passage] = []
    moved: list[int] = []
    for passage in case.texts:
        thread = newest.get(passage.text)
        new = passage if thread is None else replace(passage, text=thread.text, author=HUMAN)
        if thread is not None and new in texts:  # a writer wrote what was corrected once more
            moved.append(texts.index(new))
        else:
            moved.append(len(texts))
            texts.append(new)
    said = {passage.text for passage in texts}
    texts += [thread.passage for thread in threads if thread.text not in said]
    turns = tuple(_with_evidence(turn, case.texts, texts, moved) for turn in case.turns)
    return replace(case, texts=tuple(texts), turns=turns)


@dataclass(slots=True)
class _Thread:
    """One passage through all its corrections: its texts, the newest last, and what it was at first."""

    texts: list[str]
    origin: Mapping[str, Any] | None

    @property
    def text(self) -> str:
        return self.texts[-1]

    @property
    def passage(self) -> Passage:
        if self.origin is None:
            return Passage("caption", self.text, author=HUMAN)
        lists = {name: tuple(self.origin[name]) for name in ("states", "modalities")}
        return Passage(**{**self.origin, **lists, "text": self.text, "author": HUMAN})


def _threads(corrections: Sequence[Correction]) -> list[_Thread]:
    """A correction of a text that was corrected before goes on with it, and so does one of no passage with the last."""
    threads: list[_Thread] = []
    for correction in corrections:
        value = correction.value
        assert isinstance(value, CorrectedCaption)
        thread = next((one for one in threads if _goes_on(one, value)), None)
        if thread is None:
            thread = _Thread([] if value.instead_of is None else [value.instead_of], correction.before)
            threads.append(thread)
        thread.texts.append(value.text)
    return threads


def _goes_on(thread: _Thread, value: CorrectedCaption) -> bool:
    return thread.origin is None if value.instead_of is None else value.instead_of in thread.texts


def _with_evidence(turn: Turn, old: Sequence[Passage], new: Sequence[Passage], moved: Sequence[int]) -> Turn:
    spans = (_moved(span, old[span.passage].text, new[moved[span.passage]].text, moved) for span in turn.evidence)
    return replace(turn, evidence=tuple(span for span in spans if span is not None))


def _moved(span: Span, old: str, new: str, moved: Sequence[int]) -> Span | None:
    """A span at its new place; None where the new text no longer has its words."""
    start = span.start if old == new else new.find(old[span.start : span.end])
    return None if start < 0 else Span(moved[span.passage], start, start + span.end - span.start)
