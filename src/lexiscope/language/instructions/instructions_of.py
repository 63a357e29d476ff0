"""`instructions_of`: the instructions about one structure of a case, as training and inference read them."""

from collections.abc import Collection

from lexiscope.core.case import Case
from lexiscope.core.passage import Passage


def instructions_of(
    case: Case, structure: str, *, author: str | None = None, present: Collection[str] | None = None
) -> list[Passage]:
    """Instructions about a structure, those of a person first, then those written from most modalities.

    Args:
        case: The case.
        structure: Name of the structure.
        author: Only those of this author.
        present: Modalities that may be known of: an instruction that was written from another one is left out.

    Example:
        >>> from lexiscope.core import Provenance
        >>> alone = Passage("instruction", "Bright on FLAIR.", "measured", "tumour", modalities=("flair",))
        >>> both = Passage("instruction", "Bright, dark.", "measured", "tumour", modalities=("flair", "t1"))
        >>> case = Case("a", "g", Provenance("table"), texts=(alone, both))
        >>> [passage.text for passage in instructions_of(case, "tumour")]
        ['Bright, dark.', 'Bright on FLAIR.']
        >>> [passage.text for passage in instructions_of(case, "tumour", present=["flair"])]
        ['Bright on FLAIR.']
    """
    chosen = [
        passage
        for passage in case.texts
        if passage.kind == "instruction"
        and passage.column == structure
        and author in (None, passage.author)
        and (present is None or set(passage.modalities) <= set(present))
    ]
    return sorted(chosen, key=lambda passage: (passage.author != "human", -len(passage.modalities)))
