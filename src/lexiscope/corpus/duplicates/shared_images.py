"""Images that several groups share: the same file, or the same picture by its look."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lexiscope.corpus.duplicates.perceptual_hash import FLAT, near_pairs, perceptual_hash
from lexiscope.corpus.joined import Readable
from lexiscope.corpus.rows import image_of
from lexiscope.sources.pixels import read_pixels


@dataclass(frozen=True, slots=True)
class ImageOccurrence:
    """One image of one case."""

    case: str
    group: str
    split: str | None
    modality: str


@dataclass(frozen=True, slots=True)
class DuplicateImages:
    """Two images of different groups that show the same.

    Args:
        bits: Bits of 256 in which their perceptual hashes differ; None when their bytes are the same.
        flat: True when they are of one colour, so that being the same says nothing.
    """

    first: ImageOccurrence
    second: ImageOccurrence
    bits: int | None
    flat: bool = False


def shared_images(corpus: Readable) -> Iterator[DuplicateImages]:
    """Every pair of groups that shares an image: first by bytes, then by look.

    Memory holds a few hundred bytes for each distinct image.
    """
    occurrences: dict[str, dict[str, ImageOccurrence]] = defaultdict(dict)  # content -> group -> where
    hashes: dict[str, bytes] = {}
    for content, perceptual, occurrence in _occurrences(corpus):
        occurrences[content].setdefault(occurrence.group, occurrence)
        hashes[content] = perceptual
    for content, by_group in occurrences.items():
        first, *others = by_group.values()
        for other in others:
            yield DuplicateImages(first, other, None, flat=hashes[content] == FLAT)
    contents = list(hashes)
    for one, two, bits in near_pairs(list(hashes.values())):
        yield from _across(occurrences[contents[one]], occurrences[contents[two]], bits)


def _across(one: dict[str, ImageOccurrence], two: dict[str, ImageOccurrence], bits: int) -> Iterator[DuplicateImages]:
    for group, first in one.items():
        for other, second in two.items():
            if group != other:
                yield DuplicateImages(first, second, bits)


def _occurrences(corpus: Readable) -> Iterator[tuple[str, bytes, ImageOccurrence]]:
    for row in corpus.rows(columns=["id", "group", "split", "images"]):
        for image in row["images"]:
            occurrence = ImageOccurrence(row["id"], row["group"], row["split"], image["modality"])
            yield image["content"], _hash(corpus, image), occurrence


def _hash(corpus: Readable, image: Mapping[str, Any]) -> bytes:
    """The look stored by the build; computed here for cases that were added without one."""
    if image["look"] is not None:
        return image["look"]
    return perceptual_hash(read_pixels(corpus.object_path(image_of(image))))
