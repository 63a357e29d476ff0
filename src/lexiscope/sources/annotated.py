"""`with_annotated`: cases that were searched for a structure and have no mask of it get an empty one.

Some formats write a mask only where something was drawn (case folders, BIDS derivatives, DICOM segmentations, rows of a
table): there a missing mask says nothing by itself, and the user may say that nothing was there.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeAlias

from lexiscope.core.errors import SourceError
from lexiscope.core.settings import Flag
from lexiscope.sources.draft import Draft, Rejected
from lexiscope.sources.label_image import empty_mask

AnnotatedOption: TypeAlias = Annotated[tuple[str, ...], Flag("--annotated")]


def with_annotated(
    items: Iterable[Draft | Rejected], structures: Sequence[str], source: Path
) -> Iterator[Draft | Rejected]:
    """Pass on what a source gives, with an empty mask of each structure where a case with images has none.

    The empty mask lies on the grid of the case's other masks, or else of its first image. A structure that no case has
    a mask of is told at the end: its name is not the one that the cases use, or nobody drew it.

    Args:
        items: Drafts and rejections of the source.
        structures: Names of the structures that every case was searched for, as the masks are called.
        source: Where the items come from.
    """
    drawn: set[str] = set()
    for item in items:
        if isinstance(item, Rejected) or not item.images:
            yield item
            continue
        drawn.update(item.masks)
        missing = [name for name in structures if name not in item.masks]
        yield _with_empty(item, missing) if missing else item
    for name in structures:
        if name not in drawn:
            yield _undrawn(name, drawn, source)


def _undrawn(name: str, drawn: Collection[str], source: Path) -> Rejected:
    known = ", ".join(sorted(drawn)) or "none"
    reason = f"every case is said to have been searched for {name!r}, but none has a mask of that name"
    return Rejected(str(source), reason, f"where the cases call it otherwise, say --annotated so; masks: {known}")


def _with_empty(draft: Draft, missing: Sequence[str]) -> Draft:
    like = next(iter((*draft.masks.values(), *draft.images.values())))
    try:
        empty = empty_mask(like)
    except SourceError:
        return draft  # the build says what is wrong with the image
    steps = tuple(
        f"mask {name}: empty, as the structure is said to be absent where no mask shows it" for name in missing
    )
    return replace(
        draft,
        masks={**draft.masks, **dict.fromkeys(missing, empty)},
        provenance=replace(draft.provenance, steps=(*draft.provenance.steps, *steps)),
    )
