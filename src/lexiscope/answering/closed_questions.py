"""Answers that the form of a question offers, and those that it rules out. English only; ours."""

import re
from collections.abc import Set

from lexiscope.corpus.wording import normalise

_ASKS_WHETHER = re.compile(
    r"(is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|any|isn|aren|doesn|don)\b"
)
_ASKS_WHAT = re.compile(r"((at|by|for|from|in|of|on|to|with) )?(what|which|who|whom|whose|where|when|why|how)\b")
_ANSWERS = frozenset({"yes", "no"})
_IDLE = frozenset(["a", "an", "the", "of", "in", "on", "at", "to", "this", "that", "it", "or", "and", "side"])


def offered_answers(question: str, known: Set[str]) -> frozenset[str]:
    """Answers that a question offers, as normalised texts; empty for an open-ended one.

    A question with "or" offers what it names: the known answers whose words it holds. Any other that begins with a
    verb asks for yes or no.

    Args:
        question: The question in words.
        known: Answers that were learned, normalised.

    Example:
        >>> sorted(offered_answers("Is the lesion on the left or the right?", {"left", "right", "yes", "no"}))
        ['left', 'right']
        >>> sorted(offered_answers("Is there a lesion?", {"left", "yes", "no"}))
        ['no', 'yes']
        >>> offered_answers("Where is the lesion?", {"left", "yes", "no"})
        frozenset()
    """
    words = normalise(question).split()
    if "or" in words:
        closed = frozenset(answer for answer in known if _holds(words, answer.split()))
        return closed if len(closed) > 1 else frozenset()
    return _ANSWERS if _ASKS_WHETHER.match(" ".join(words)) and known >= _ANSWERS else frozenset()


def impossible_answers(question: str) -> frozenset[str]:
    """Answers that cannot be meant, as normalised texts: yes and no where a question asks what, which or where.

    Example:
        >>> sorted(impossible_answers("At what temperature was it annealed?"))
        ['no', 'yes']
        >>> impossible_answers("Was it annealed?")
        frozenset()
    """
    return _ANSWERS if _ASKS_WHAT.match(normalise(question)) else frozenset()


def _holds(question: list[str], answer: list[str]) -> bool:
    telling = set(answer) - _IDLE
    return bool(telling) and not telling & _ANSWERS and telling <= set(question)
