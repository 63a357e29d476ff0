"""Levels of context: nothing beside the images of a case, its caption, or all that is written of it.

Each but the first is told in two ways. Answer-free, it lacks the sentences that give the answer away, so that a score
that rises with it rose because it was understood; as published, it has them, as a paper's reader does, and a score that
rises with it may have risen by reading.

GlassLLaVA (https://arxiv.org/abs/2309.12460) reports scores by the level of context; it confirms the two ends only, so
the three levels and what belongs to each are our own definition.
"""

from collections.abc import Sequence

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.turn import Span
from lexiscope.corpus.wording import DESCRIBING
from lexiscope.language.text.sentences import sentences_of

LEVELS = ("none", "caption", "full")  # answer-free
_AS_PUBLISHED = " as published"
AS_PUBLISHED = tuple(f"{level}{_AS_PUBLISHED}" for level in LEVELS[1:])


def passages_at(case: Case, level: str) -> list[int]:
    """Places of the passages that may be read at a level: none, those that describe the image, or all.

    Args:
        case: Case whose passages are meant.
        level: One of `LEVELS`.

    Raises:
        UsageError: unknown level.

    Example:
        >>> from lexiscope.core import Passage, Provenance
        >>> texts = (Passage("caption", "Annealed glass."), Passage("mention", "It was held at 600 C."))
        >>> case = Case("f1", "paper", Provenance("by hand"), texts=texts)
        >>> [passages_at(case, level) for level in LEVELS]
        [[], [0], [0, 1]]
    """
    if level not in LEVELS:
        raise UsageError(f"context must be one of {', '.join(LEVELS)}, got {level!r}")
    if level == "none":
        return []
    return [
        place
        for place, passage in enumerate(case.texts)
        if passage.kind != "instruction" and (level == "full" or passage.kind in DESCRIBING)
    ]


def context_of(case: Case, level: str, *, without: Sequence[Span] = ()) -> str | None:
    """Texts of a case at a level of context; None where there is none.

    Args:
        case: Case whose texts are read.
        level: One of `LEVELS` or of `AS_PUBLISHED`.
        without: Evidence of an answer: answer-free, the sentences that it touches are left out, so that they never tell
            it.

    Raises:
        UsageError: unknown level.

    Example:
        >>> from lexiscope.core import Passage, Provenance
        >>> texts = (Passage("caption", "Annealed glass. Two cracks."), Passage("mention", "It was held at 600 C."))
        >>> case = Case("f1", "paper", Provenance("by hand"), texts=texts)
        >>> context_of(case, "full", without=[Span(0, 16, 26)])
        'Annealed glass. It was held at 600 C.'
        >>> context_of(case, "full as published", without=[Span(0, 16, 26)])
        'Annealed glass. Two cracks. It was held at 600 C.'
    """
    if level in AS_PUBLISHED:
        level, without = level.removesuffix(_AS_PUBLISHED), ()
    kept = [
        sentence.text
        for place in passages_at(case, level)
        for sentence in sentences_of(case, place)
        if not any(_overlap(sentence.span, span) for span in without)
    ]
    return " ".join(kept) or None


def _overlap(one: Span, other: Span) -> bool:
    return one.passage == other.passage and one.start < other.end and other.start < one.end
