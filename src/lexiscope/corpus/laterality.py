"""`has_laterality`: left and right in the words of a corpus; without them a mirrored image is as good as the image."""

import re
from collections.abc import Iterable

from lexiscope.core.case import Case
from lexiscope.corpus.wording import normalise

_SIDES = re.compile(
    r"\b(left|right|side[ds]?|laterality|(uni|bi)?lateral|hemispheres?|dexter|sinister|links|rechts|(link|recht)e[nrs]?"
    r"|seite|gauche|droite?|i[sz]quierd[ao]|derech[ao]|sinistr[ao]|destr[ao])\b"
)


def has_laterality(cases: Iterable[Case]) -> bool:
    """Check whether any text, or any attribute by its name or value, speaks of left and right; in doubt it does.

    In the languages of Western Europe that lab notes are mostly written in.

    Example:
        >>> from lexiscope.core import Passage, Provenance
        >>> words = (Passage("report", "A lesion on the LEFT."),)
        >>> has_laterality([Case("a", "patient", Provenance("by hand"), texts=words)])
        True
    """
    return any(_names_a_side(text) for case in cases for text in _texts(case))


def _texts(case: Case) -> Iterable[str]:
    yield from (passage.text for passage in case.statements)
    yield from (f"{name} {value}" for name, value in case.attributes.items())
    yield from (f"{turn.question} {turn.answer}" for turn in case.turns)


def _names_a_side(text: str) -> bool:
    return _SIDES.search(normalise(text.replace("_", " "))) is not None
