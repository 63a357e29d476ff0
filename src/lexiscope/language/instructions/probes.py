"""Probes of wording: what a model makes of an instruction when one thing about its words is changed.

Four probes, each a function over texts: sentences left out (`left_out`), places changed (`displaced`), a ladder from
the name to the whole instruction (`ladder`), and instructions of other cases (`swapped`).
"""

import re
from collections.abc import Mapping

import numpy as np

from lexiscope.language.instructions.wording import in_words
from lexiscope.language.text.sentences import sentence_texts

_OPPOSITES = (
    ("left", "right"),
    ("upper", "lower"),
    ("anterior", "posterior"),
    ("superior", "inferior"),
    ("front", "back"),
    ("top", "bottom"),
    ("medial", "lateral"),
)
_OTHER = {one: other for pair in _OPPOSITES for one, other in (pair, pair[::-1])}
_PLACE = re.compile(rf"\b({'|'.join(_OTHER)})\b", re.IGNORECASE)


def left_out(text: str) -> dict[str, str]:
    """The instruction without each of its sentences in turn: the sentence that is missing -> what is left.

    An instruction of one sentence leaves nothing to ask with, and gives no probe.

    Args:
        text: Instruction.

    Example:
        >>> left_out("Segment the tumour. It is bright.")
        {'Segment the tumour.': 'It is bright.', 'It is bright.': 'Segment the tumour.'}
    """
    sentences = sentence_texts(text)
    if len(sentences) < 2:
        return {}
    return {
        sentence: " ".join(other for place, other in enumerate(sentences) if place != left)
        for left, sentence in enumerate(sentences)
    }


def displaced(text: str) -> str | None:
    """The instruction with every place turned into its opposite; None where it names no place that has one.

    Args:
        text: Instruction.

    Example:
        >>> displaced("It lies on the Left side, in the upper third.")
        'It lies on the Right side, in the lower third.'
        >>> displaced("the tumour") is None
        True
    """
    changed = _PLACE.sub(_opposite, text)
    return None if changed == text else changed


def places_in(text: str) -> frozenset[str]:
    """Words of a text that name a place which has an opposite.

    Args:
        text: Any text.

    Example:
        >>> sorted(places_in("the Left kidney, in its upper pole"))
        ['left', 'upper']
    """
    return frozenset(word.lower() for word in _PLACE.findall(text))


def ladder(structure: str, text: str) -> tuple[str, ...]:
    """From the name of a structure to the whole instruction, a sentence more on each rung.

    Args:
        structure: Name of the structure.
        text: Instruction about it.

    Example:
        >>> ladder("tumour", "Segment the tumour. It is bright.")
        ('the tumour', 'Segment the tumour.', 'Segment the tumour. It is bright.')
    """
    sentences = sentence_texts(text)
    rungs = (" ".join(sentences[:count]) for count in range(1, len(sentences) + 1))
    return tuple(dict.fromkeys((f"the {in_words(structure)}", *rungs)))


def swapped(texts: Mapping[str, str], groups: Mapping[str, str], *, seed: int = 0) -> dict[str, str]:
    """The instruction of another group's case for each case; cases are left out where there is no other group.

    Args:
        texts: Case -> instruction.
        groups: Case -> patient, paper or specimen.
        seed: Seed of the draw.

    Example:
        >>> swapped({"a": "left", "b": "right"}, {"a": "p1", "b": "p2"})
        {'a': 'right', 'b': 'left'}
    """
    rng = np.random.default_rng(seed)
    names = sorted(texts)
    drawn: dict[str, str] = {}
    for name in names:
        others = [other for other in names if groups[other] != groups[name]]
        if others:
            drawn[name] = texts[others[int(rng.integers(len(others)))]]
    return drawn


def _opposite(match: re.Match[str]) -> str:
    word = match[0]
    other = _OTHER[word.casefold()]
    if word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other
