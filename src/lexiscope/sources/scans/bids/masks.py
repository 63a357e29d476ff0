"""Masks of a session: in the data set itself and in its derivatives, kept where they share the grid of an image."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lexiscope.sources.grid import grid_of_file, image_on_grid
from lexiscope.sources.paths import inside
from lexiscope.sources.scans.bids.name import BidsName
from lexiscope.sources.scans.bids.tree import Session, files_of

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
    grids = {modality: grid_of_file(path) for modality, path in images.items()}
    return image_on_grid(grid_of_file(inside(root, mask)), grids, name=Path(mask).name)
