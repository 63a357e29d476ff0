"""`measured_sentences`: what to look for in an image that came, measured in it; nothing but images is given."""

from collections.abc import Mapping, Sequence
from typing import Any

from lexiscope.core.errors import UsageError
from lexiscope.language.instructions.appearance import look_at
from lexiscope.language.instructions.by_measuring import Measured
from lexiscope.language.instructions.case_images import CaseImages, finest, on_one_grid
from lexiscope.language.instructions.profile import StructureProfile
from lexiscope.tasks.segment.voxel_input import VoxelInput


def measured_sentences(
    given: VoxelInput, structures: Sequence[str], profiles: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Structure -> the sentences that `write instructions --with measured` would write of these images together.

    A structure that was learned from other modalities alone is left out: nothing can be measured of it.

    Args:
        given: The images.
        structures: Names of the structures.
        profiles: What the structures look like, learned in training (`SegmenterContent.profiles`).

    Raises:
        UsageError: the model does not know what a structure looks like.
    """
    unknown = [name for name in structures if name not in profiles]
    if unknown:
        msg = f"expected a model that learned what {', '.join(unknown)} looks like, got one that did not"
        raise UsageError(f"{msg}; train the segmenter anew, or ask with the label-name")
    images, writer = images_of(given), Measured()
    known = {name: StructureProfile.from_dict(profiles[name]) for name in structures}
    visible = {name: one for name, one in known.items() if set(images.modalities) & set(one.modalities)}
    seen = look_at(images) if visible else None
    return {name: writer.describe(images, profile, seen=seen).text for name, profile in visible.items()}


def images_of(given: VoxelInput) -> CaseImages:
    """The images of an input as writers of instructions see them.

    Args:
        given: The input.
    """
    reference = given.voxels[finest({name: one.values.shape[1:] for name, one in given.voxels.items()})]
    spacing = None if reference.spacing is None else (1.0, *reference.spacing)[-3:]
    return CaseImages(
        on_one_grid({name: one.values for name, one in given.voxels.items()}),
        None if spacing is None else (spacing[0], spacing[1], spacing[2]),
        given.unit,
        all(one.affine is not None for one in given.voxels.values()),
        given.key,
    )
