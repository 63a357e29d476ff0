"""`notes_of`: what a reader should know of masks before trusting them, in words."""

from collections.abc import Sequence

import numpy as np

from lexiscope.tasks.segment.found_mask import FoundMask
from lexiscope.tasks.segment.known_sentences import FAR
from lexiscope.tasks.segment.voxel_input import VoxelInput
from lexiscope.views.case_grid import CaseGrid

_MOST = 6  # names that a note lists
_LONG = 160  # characters of a sentence that a note repeats


def notes_of(masks: Sequence[FoundMask], given: VoxelInput, grid: CaseGrid, *, learned: Sequence[str]) -> list[str]:
    """Remarks on sentences, masks and images, none where all is as it was in training.

    Args:
        masks: Masks of one input.
        given: The input.
        grid: Grid of the segmenter.
        learned: Structures that it learned.
    """
    far = [
        f"{_quoted(one.sentence)} is far from every sentence of the training (distance {one.distance:.2f}, more than "
        f"{FAR}): do not trust its mask; the segmenter learned {', '.join(learned[:_MOST])}"
        for one in masks
        if one.structure is None
    ]
    taken = [
        f"{_quoted(one.sentence)} was read as {one.read_as!r}, the wording of the training that it is nearest to"
        for one in masks
        if one.read_as is not None
    ]
    sentences = [one.sentence for one in masks]
    shared = [
        f"the masks of {_quoted(one.sentence)} and {_quoted(other)} share {count:,} voxels"
        for number, one in enumerate(masks)
        for other, count in one.overlaps.items()
        if other in sentences[number + 1 :]
    ]
    lowered = [
        f"nothing of {_quoted(one.sentence)} is above its threshold where you pointed: the mask is what is above half "
        "of it"
        for one in masks
        if one.lowered
    ]
    return [*far, *taken, *lowered, *shared, *_on_images(given, grid)]


def _quoted(sentence: str) -> str:
    return repr(sentence if len(sentence) <= _LONG else f"{sentence[: _LONG - 3]}...")


def _on_images(given: VoxelInput, grid: CaseGrid) -> list[str]:
    notes = []
    slices = given.prepared.shape[0]
    if grid.dims == 2 and slices > 1:
        notes.append(f"the volume was read slice by slice, {slices} of them: the segmenter learned from planes")
    flat = sorted(name for name, image in given.prepared.images.items() if not image.any())
    if flat:
        notes.append(f"{', '.join(flat)} has one value everywhere: nothing can be found in it")
    masks = sorted(name for name, image in given.voxels.items() if name not in flat and _has_two_values(image.values))
    if masks:
        notes.append(f"{', '.join(masks)} has two values and no more: is it a mask?")
    several = {name: len(one.values) for name, one in given.voxels.items() if one.affine is not None}
    several = {name: count for name, count in several.items() if count not in (1, grid.channels.get(name, count))}
    for name, count in sorted(several.items()):
        notes.append(f"{name} holds {count} volumes, and their mean was read: give each as a file of its own modality")
    if grid.spacing is not None and given.spacing is None:
        size = " x ".join(f"{step:g}" for step in grid.spacing)
        notes.append(f"the image does not say how large its voxels are: they were taken for {size}, as in training")
    if given.unread:
        known = ", ".join(sorted(grid.channels))
        notes.append(f"{', '.join(given.unread[:_MOST])} was not read: the segmenter knows {known}")
    missing = sorted(grid.channels.keys() - given.prepared.images.keys())
    if missing:
        notes.append(f"read without {', '.join(missing)}, which the segmenter knows, too")
    return notes


def _has_two_values(values: np.ndarray) -> bool:
    low, high = values.min(), values.max()
    return bool(((values == low) | (values == high)).all())
