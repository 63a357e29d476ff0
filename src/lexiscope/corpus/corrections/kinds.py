"""`KINDS`: what can be corrected, and how a case is written with it; a kind is a file here and a line in the table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.image import Image
from lexiscope.corpus.corrections.answer import CorrectedAnswer, with_answers
from lexiscope.corpus.corrections.attribute import CorrectedAttribute, with_attributes
from lexiscope.corpus.corrections.caption import CorrectedCaption, with_captions
from lexiscope.corpus.corrections.correction import Correction, Value
from lexiscope.corpus.corrections.mask import CorrectedMask, with_masks


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of correction.

    Args:
        read: Makes a value of its JSON types, the inverse of `dataclasses.asdict`.
        apply: Writes a case with the corrections of this kind, the oldest first; twice is as good as once.
    """

    read: Callable[[Mapping[str, Any]], Value]
    apply: Callable[[Case, Sequence[Correction]], Case]


def _mask(record: Mapping[str, Any]) -> CorrectedMask:
    mask = record["mask"]
    spacing = None if mask["spacing"] is None else tuple(mask["spacing"])
    return CorrectedMask(Image(**{**mask, "shape": tuple(mask["shape"]), "spacing": spacing}), record["on"])


KINDS: Mapping[str, Kind] = {
    "caption": Kind(lambda record: CorrectedCaption(**record), with_captions),
    "answer": Kind(lambda record: CorrectedAnswer(**record), with_answers),
    "attribute": Kind(lambda record: CorrectedAttribute(**record), with_attributes),
    "mask": Kind(_mask, with_masks),
}


def corrected(case: Case, corrections: Sequence[Correction]) -> Case:
    """The case as people corrected it, with a step in its provenance for each correction.

    Args:
        case: The case as a source or a writer gives it, or as it was corrected before.
        corrections: Corrections of this case, the oldest first.

    Example:
        >>> from lexiscope.core import Provenance
        >>> case = Case("scan-1", "patient-1", Provenance("table"), attributes={"grade": 2})
        >>> correction = Correction(1, "scan-1", CorrectedAttribute("grade", 3), 2, "2026-11-28T16:00:00+00:00")
        >>> new = corrected(case, [correction])
        >>> new.attributes["grade"], new.provenance.steps
        (3, ("attribute 'grade' corrected by a human on 2026-11-28 (correction 1)",))
    """
    held = [correction for correction in corrections if correction.value.holds(case)]
    for name, kind in KINDS.items():
        if of_kind := [correction for correction in held if correction.kind == name]:
            case = kind.apply(case, of_kind)
    known = set(case.provenance.steps)
    steps = tuple(correction.step for correction in held if correction.step not in known)
    if not steps:
        return case
    return replace(case, provenance=replace(case.provenance, steps=(*case.provenance.steps, *steps)))
