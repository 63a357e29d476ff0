"""`notes_of`: what a reader should know of masks before trusting them, in words."""

from collections.abc import Sequence

from lexiscope.tasks.segment.found_mask import FoundMask
from lexiscope.tasks.segment.voxel_input import VoxelInput
from lexiscope.views.case_grid import CaseGrid

FAR = 0.45
"""One less the cosine: a sentence that is farther from every sentence of the training is about another subject."""


def notes_of(masks: Sequence[FoundMask], given: VoxelInput, grid: CaseGrid) -> list[str]:
    """Remarks on sentences, masks and images, none where all is as it was in training.

    Args:
        masks: Masks of one input.
        given: The input.
        grid: Grid of the segmenter.
    """
    far = [
        f"{one.sentence!r} is far from every sentence of the training (distance {one.distance:.2f}, more than {FAR}): "
        "do not trust its mask"
        for one in masks
        if one.structure is None
    ]
    sentences = [one.sentence for one in masks]
    shared = [
        f"the masks of {one.sentence!r} and {other!r} share {count:,} voxels"
        for number, one in enumerate(masks)
        for other, count in one.overlaps.items()
        if other in sentences[number + 1 :]
    ]
    lowered = [
        f"nothing of {one.sentence!r} is above its threshold where you pointed: the mask is what is above half of it"
        for one in masks
        if one.lowered
    ]
    return [*far, *lowered, *shared, *_on_images(given, grid)]


def _on_images(given: VoxelInput, grid: CaseGrid) -> list[str]:
    notes = []
    slices = given.prepared.shape[0]
    if grid.dims == 2 and slices > 1:
        notes.append(f"the volume was read slice by slice, {slices} of them: the segmenter learned from planes")
    flat = sorted(name for name, image in given.prepared.images.items() if not image.any())
    if flat:
        notes.append(f"{', '.join(flat)} has one value everywhere: nothing can be found in it")
    missing = sorted(grid.channels.keys() - given.prepared.images.keys())
    if missing:
        notes.append(f"read without {', '.join(missing)}, which the segmenter knows, too")
    return notes
