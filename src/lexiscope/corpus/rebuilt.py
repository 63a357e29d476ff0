"""`rebuilt`: a case that its source gives again, with what was made of it since the last time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.image import Image
from lexiscope.corpus.mask_names import name_now, with_masks_named
from lexiscope.corpus.rows import case_of, fingerprint_of


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A case that a source gives, as it goes into the corpus.

    Args:
        case: The case.
        drafted: Fingerprint of what the source says.
        outdated: Whether something had been written about it, from what the source does not say any more.
    """

    case: Case
    drafted: bytes
    outdated: bool = False


def rebuilt(case: Case, stored: Mapping[str, Any] | None) -> Rebuilt:
    """What becomes of a case that a source gives.

    A source knows nothing of the split that a case was dealt, of the names that its masks were given and of what was
    written about it. Where it says what it said before, the case stays as it is. Where it says something else, the case
    keeps its split, unless the source names one or another group, and the names of its masks; of what was written about
    it only people's instructions stay, as all else was written from what it was.

    Args:
        case: As the source gives it.
        stored: Row of the corpus with the same id; None where there is none.
    """
    drafted = fingerprint_of(case)
    if stored is None:
        return Rebuilt(case, drafted)
    before = case_of(stored)
    if stored.get("drafted") == drafted:  # rows of an older lexiscope have none
        return Rebuilt(_with_files_of(case, before), drafted)
    names = {name: now for name in case.masks if (now := name_now(name, before.provenance.steps)) != name}
    if not set(names.values()) & set(case.masks):
        case = with_masks_named(case, names)
    if case.split is None and case.group == before.group:
        case = replace(case, split=before.split)
    kept = [text for text in before.texts if text.kind == "instruction" and text.author == "human"]
    case = replace(case, texts=(*case.texts, *(text for text in kept if text not in case.texts)))
    written = {text for text in before.texts if text.author != "human"} | {
        turn for turn in before.turns if turn.author != "human"
    }
    return Rebuilt(case, drafted, outdated=bool(written - {*case.texts, *case.turns}))


def _with_files_of(case: Case, stored: Case) -> Case:
    """A stored case with the places of its files, and what was counted in them, as its source has them now."""
    files = {image.content: image for image in (*case.images.values(), *case.masks.values())}
    return replace(
        stored,
        images={name: _placed(image, files) for name, image in stored.images.items()},
        masks={name: _placed(mask, files) for name, mask in stored.masks.items()},
    )


def _placed(image: Image, files: Mapping[str, Image]) -> Image:
    found = files.get(image.content)
    return image if found is None else replace(image, path=found.path, marked=found.marked)
