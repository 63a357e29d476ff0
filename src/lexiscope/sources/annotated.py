"""`with_annotated`: cases that were searched for a structure and have no mask of it get an empty one.

Some formats write a mask only where something was drawn (case folders, BIDS derivatives, DICOM segmentations, rows of a
table): there a missing mask says nothing by itself, and the user may say that nothing was there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, TypeAlias

from lexiscope.core.errors import SourceError
from lexiscope.core.settings import Flag
from lexiscope.sources.draft import Draft, Rejected
from lexiscope.sources.label_image import empty_mask

AnnotatedOption: TypeAlias = Annotated[tuple[str, ...], Flag("--annotated")]


def with_annotated(items: Iterable[Draft | Rejected], structures: Sequence[str]) -> Iterator[Draft | Rejected]:
    """Pass on what a source gives, with an empty mask of each structure where a case with images has none.

    The empty mask lies on the grid of the case's other masks, or else of its first image.

    Args:
        items: Drafts and rejections of the source.
        structures: Names of the structures that every case was searched for.
    """
    for item in items:
        missing = [] if isinstance(item, Rejected) else [name for name in structures if name not in item.masks]
        yield _with_empty(item, missing) if isinstance(item, Draft) and item.images and missing else item


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
