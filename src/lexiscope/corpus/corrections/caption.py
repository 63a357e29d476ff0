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

    def before(self, case: Case) -> list[dict[str, Any]] | None:
        """The passages that it takes the place of, as JSON types; None where there is none."""
        return [asdict(text) for text in case.texts if text.text == self.instead_of] or None

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
    texts: list[Passage] = []
    moved: list[int] = []
    for passage in case.texts:
        having = [one for one in threads if one.has(passage)]
        thread = next((one for one in having if one.text == passage.text), having[0] if having else None)
        new = passage if thread is None else replace(passage, text=thread.text, author=HUMAN)
        if thread is not None and new in texts:  # a writer wrote what was corrected once more
            moved.append(texts.index(new))
        else:
            moved.append(len(texts))
            texts.append(new)
    for new in (passage for thread in threads for passage in thread.passages()):
        if not any(_is_alike(new, text) for text in texts):
            texts.append(new)
    turns = tuple(_with_evidence(turn, case.texts, texts, moved) for turn in case.turns)
    return replace(case, texts=tuple(texts), turns=turns)


@dataclass(slots=True)
class _Thread:
    """Passages of one text through all its corrections.

    Args:
        texts: Its texts, the newest last.
        origins: The passages as they were at first.
        beside: Whether a person wrote one of them beside the others.
    """

    texts: list[str]
    origins: list[Passage]
    beside: bool

    @property
    def text(self) -> str:
        return self.texts[-1]

    def has(self, passage: Passage) -> bool:
        """True for a passage that is one of them, as it was at any time."""
        return passage.text in self.texts and any(_place(passage) == _place(origin) for origin in self.origins)

    def passages(self) -> list[Passage]:
        """The passages as they are now."""
        return [replace(origin, text=self.text, author=HUMAN) for origin in self.origins]


def _threads(corrections: Sequence[Correction]) -> list[_Thread]:
    """A correction of a text that was corrected before goes on with it, and so does one of no passage with the last."""
    threads: list[_Thread] = []
    for correction in corrections:
        value = correction.value
        assert isinstance(value, CorrectedCaption)
        new = _begun(value, correction.before)
        joined = [one for one in threads if _goes_on(one, new, value)]
        for one in joined:
            threads.remove(one)
            new = _Thread([*one.texts, *new.texts], [*one.origins, *new.origins], one.beside or new.beside)
        threads.append(_Thread([*new.texts, value.text], new.origins, new.beside))
    return threads


def _begun(value: CorrectedCaption, before: Sequence[Mapping[str, Any]] | None) -> _Thread:
    if value.instead_of is None or not before:
        return _Thread([], [Passage("caption", value.text, author=HUMAN)], beside=True)
    return _Thread([value.instead_of], [_passage(one) for one in before], beside=False)


def _goes_on(thread: _Thread, new: _Thread, value: CorrectedCaption) -> bool:
    if value.instead_of is None:
        return thread.beside
    return any(thread.has(origin) for origin in new.origins)


def _passage(record: Mapping[str, Any]) -> Passage:
    return Passage(**{**record, **{name: tuple(record[name]) for name in ("states", "modalities")}})


def _place(passage: Passage) -> tuple[str, str | None]:
    return passage.kind, passage.column


def _is_alike(one: Passage, other: Passage) -> bool:
    return (one.text, one.author, *_place(one)) == (other.text, other.author, *_place(other))


def _with_evidence(turn: Turn, old: Sequence[Passage], new: Sequence[Passage], moved: Sequence[int]) -> Turn:
    spans = (_moved(span, old[span.passage].text, new[moved[span.passage]].text, moved) for span in turn.evidence)
    return replace(turn, evidence=tuple(span for span in spans if span is not None))


def _moved(span: Span, old: str, new: str, moved: Sequence[int]) -> Span | None:
    """A span at its new place; None where the new text no longer has its words."""
    start = span.start if old == new else new.find(old[span.start : span.end])
    return None if start < 0 else Span(moved[span.passage], start, start + span.end - span.start)
