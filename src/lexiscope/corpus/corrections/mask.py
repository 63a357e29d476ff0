"""`CorrectedMask`: the outline that a person gives to a structure of a case."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.image import Image
from lexiscope.corpus.corrections.correction import Correction
from lexiscope.corpus.mask_names import name_now


@dataclass(frozen=True, slots=True)
class CorrectedMask:
    """A new mask of a structure; `keep_mask` makes one of a file.

    Args:
        mask: The mask, filed under its structure; its file lies in the corpus's `objects/`. An empty one says that the
            structure was searched for and is absent.
        on: Modality of the image on whose grid it lies.
    """

    mask: Image
    on: str
    kind: ClassVar[str] = "mask"

    @property
    def structure(self) -> str:
        """Name of the structure."""
        return self.mask.modality

    @property
    def subject(self) -> str:
        """What is corrected, in a word or two."""
        return f"mask {self.structure!r}"

    def require(self, case: Case) -> None:
        """Refuse a mask that does not fit the images of the case.

        Raises:
            UsageError: no image of the case has its shape.
        """
        if not self.holds(case):
            shapes = ", ".join(f"{name} {image.shape}" for name, image in case.images.items()) or "no images"
            msg = f"a mask of case {case.id} must have the shape of one of its images ({shapes}), got {self.mask.shape}"
            raise UsageError(f"{msg}; draw it on one of them")

    def before(self, case: Case) -> dict[str, Any] | None:
        """The mask of before as JSON types, its file still in `objects/`; None where the case has none."""
        old = case.masks.get(name_now(self.structure, case.provenance.steps))
        return None if old is None else asdict(old)

    def holds(self, case: Case) -> bool:
        """True where an image has the mask's shape: a source may give a case images of another size later."""
        return any(image.shape == self.mask.shape for image in case.images.values())


def with_masks(case: Case, corrections: Sequence[Correction]) -> Case:
    """The case with the masks that people drew.

    Args:
        case: The case as a source gives it, or as it was corrected before.
        corrections: Corrections of its masks, the oldest first.
    """
    masks = dict(case.masks)
    for correction in corrections:
        assert isinstance(correction.value, CorrectedMask)
        name = name_now(correction.value.structure, case.provenance.steps)
        masks[name] = replace(correction.value.mask, modality=name)
    return replace(case, masks=masks)
