"""Masks of a session: in the data set itself and in its derivatives, kept where they share the grid of an image."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.nifti import grid_of
from lexiscope.sources.paths import inside
from lexiscope.sources.scans.bids.name import BidsName
from lexiscope.sources.scans.bids.tree import Session, files_of

_SAME = 1e-3  # mm and direction cosines
_TOLD_BY = ("label", "desc", "atlas", "seg")  # entities that say what a mask shows


def mask_files(root: Path, session: Session) -> Iterator[tuple[str, BidsName]]:
    """Mask files of a session, relative to `root`: its own, then those of every data set in `derivatives/`."""
    derivatives = root / "derivatives"
    places = [root, *(sorted(derivatives.iterdir()) if derivatives.is_dir() else ())]
    for place in places:
        for file, name in files_of(place, session):
            if name.is_mask:
                yield (place / file).relative_to(root).as_posix(), name


def mask_label(name: BidsName) -> str:
    """Label of a mask, as its name says it: `lesion`, `brain`; its suffix when it says nothing."""
    return "_".join(name.entities[key] for key in _TOLD_BY if key in name.entities) or name.suffix


def image_under(root: Path, mask: str, images: Mapping[str, Path]) -> str:
    """The modality whose voxels a mask labels.

    Raises:
        SourceError: none has its grid, or the mask cannot be read.
    """
    shape, affine = grid_of(inside(root, mask))
    for modality, path in images.items():
        other, its = grid_of(path)
        if shape == other and np.allclose(affine, its, atol=_SAME):
            return modality
    msg = f"the mask {Path(mask).name} has the grid {shape}, on which none of {', '.join(images) or 'no image'} lies"
    raise SourceError(msg, remedy="resample it to one of the images, or leave it out")
