"""`MicrographImage`: one image of a microscope's file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lexiscope.core.case import Scalar
from lexiscope.sources.draft import ImageFile


@dataclass(frozen=True, slots=True)
class MicrographImage:
    """One image of a file.

    Args:
        title: Title that the file gives it; may be empty.
        steps: Remarks for the provenance.
        attributes: Beam energy in keV and magnification, where stated.
    """

    title: str
    file: ImageFile
    steps: tuple[str, ...] = ()
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
