"""Masks of a session: in the data set itself and in its derivatives, kept where they share the grid of an image.

Values of a label image (`_dseg`) are named by a `dseg.tsv` with the columns index and name, which holds for the files
below its folder that have all its entities (the inheritance principle of BIDS).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.sources.grid import grid_of_file, image_on_grid
from lexiscope.sources.naming import slug
from lexiscope.sources.paths import inside
from lexiscope.sources.scans.bids.name import BidsName
from lexiscope.sources.scans.bids.sidecars import holds_for
from lexiscope.sources.scans.bids.tree import Session, files_of, sessions_of
from lexiscope.sources.structures import Structure
from lexiscope.sources.tables.table_row import TableRow, table_rows

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


def structures_of(root: Path, file: str, name: BidsName, label: str) -> tuple[Structure, ...]:
    """The structure of a mask; those of a label image as the nearest table of its values names them, if there is one.

    Args:
        root: Folder of the data set.
        file: The label image, relative to it.
        name: Its name, taken apart.
        label: Its label.
    """
    if name.suffix in ("mask", "roi", "defacemask"):
        return (Structure(label),)
    nearest = None
    folder = root
    for part in Path(file).parts:
        tables = sorted(folder.glob(f"*{name.suffix}.tsv"), key=lambda path: len(path.name))
        nearest = next((table for table in reversed(tables) if holds_for(table, name)), nearest)
        folder = folder / part
    return _named(nearest) if nearest is not None else ()


def _named(table: Path) -> tuple[Structure, ...]:
    values: dict[str, set[int]] = defaultdict(set)
    for row in table_rows(table):
        index, written = (row.stated("index"), row.stated("name")) if isinstance(row, TableRow) else ("", "")
        if index.isdecimal() and int(index) and written and written.lower() != "background":
            values[slug(written, default=written)].add(int(index))
    return tuple(Structure(name, frozenset(numbers)) for name, numbers in values.items())


def label_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Every mask and label image of a data set with its label; those that lead out of it are left out."""
    for session in sessions_of(root):
        for file, name in mask_files(root, session):
            try:
                yield mask_label(name), inside(root, file)
            except SourceError:
                continue


def image_under(root: Path, mask: str, images: Mapping[str, Path]) -> str:
    """The modality whose voxels a mask labels.

    Raises:
        SourceError: none has its grid, or the mask cannot be read.
    """
    grids = {modality: grid_of_file(path) for modality, path in images.items()}
    return image_on_grid(grid_of_file(inside(root, mask)), grids, name=Path(mask).name)
