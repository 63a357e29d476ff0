"""`with_passages`: a case with passages of a writer in place of those that it wrote before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lexiscope.core.case import Case
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span


def with_passages(case: Case, added: Sequence[Passage], *, replacing: Callable[[Passage], bool]) -> Case:
    """The case with new passages behind those of others; evidence follows its passage, or goes with it.

    A case that has just these passages already is returned as it is, so that writing again changes nothing.

    Args:
        case: The case.
        added: New passages.
        replacing: True for the passages that they take the place of.

    Example:
        >>> from lexiscope.core import Provenance
        >>> texts = (Passage("caption", "Old.", author="me"), Passage("caption", "Glass."))
        >>> case = Case("a", "g", Provenance("table"), texts=texts)
        >>> new = Passage("caption", "New.", author="me")
        >>> [text.text for text in with_passages(case, [new], replacing=lambda text: text.author == "me").texts]
        ['Glass.', 'New.']
    """
    replaced = [replacing(text) for text in case.texts]
    if [text for text, gone in zip(case.texts, replaced, strict=True) if gone] == list(added):
        return case
    kept = tuple(text for text, gone in zip(case.texts, replaced, strict=True) if not gone)
    moved = {place: place - sum(replaced[:place]) for place, gone in enumerate(replaced) if not gone}
    turns = tuple(replace(turn, evidence=_at_new_places(turn.evidence, moved)) for turn in case.turns)
    return replace(case, texts=(*kept, *added), turns=turns)


def _at_new_places(evidence: tuple[Span, ...], moved: Mapping[int, int]) -> tuple[Span, ...]:
    """Evidence in passages that stay, at their new places; evidence in replaced ones is gone with them."""
    return tuple(replace(span, passage=moved[span.passage]) for span in evidence if span.passage in moved)
