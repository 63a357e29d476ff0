"""Layouts of scans in labs: `Layout`, and how the one of a folder is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lexiscope.sources.draft import ImageFile, Rejected
from lexiscope.sources.scans.nifti.volumes import Volume, is_scan
from lexiscope.sources.structures import Structure

DECATHLON = "dataset.json"


@dataclass(frozen=True, slots=True)
class Scans:
    """The files of one case.

    Args:
        place: Folder or file, relative to the source.
        group: Patient that the folders say; empty where every case is one.
        rejected: Files of the case that cannot be used; the others can.
        files: Files that images or masks were made from.
        structures: Name of a label image -> its structures, where its own file names them.
    """

    place: str
    images: Mapping[str, ImageFile]
    masks: Mapping[str, ImageFile] = field(default_factory=dict)
    split: str | None = None
    licence: str = ""
    steps: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    files: tuple[Path, ...] = ()
    structures: Mapping[str, tuple[Structure, ...]] = field(default_factory=dict)
    group: str = ""

    @classmethod
    def of(
        cls,
        place: str,
        images: Mapping[str, Volume],
        masks: Mapping[str, Volume],
        *,
        split: str | None = None,
        licence: str = "",
        steps: tuple[str, ...] = (),
        rejected: tuple[Rejected, ...] = (),
    ) -> "Scans":
        """Scans of volumes, with the files and steps of each."""
        own = [f"{name}: {step}" for name, volume in images.items() for step in volume.steps]
        own += [f"mask {name}: {step}" for name, volume in masks.items() for step in volume.steps]
        return cls(
            place,
            {name: volume.image for name, volume in images.items()},
            {name: volume.image for name, volume in masks.items()},
            split=split,
            licence=licence,
            steps=(*steps, *own),
            rejected=rejected,
            files=tuple(file for volume in (*images.values(), *masks.values()) for file in volume.files),
            structures={name: volume.structures for name, volume in masks.items()},
        )


class Layout(Protocol):
    """One way of laying out the files of many cases."""

    @property
    def root(self) -> Path:
        """Folder of the cases."""
        ...

    def names(self) -> list[str]:
        """The cases, in a stable order."""
        ...

    def files(self, name: str) -> tuple[Path, ...]:
        """Every file of one case, whether it can be used or not."""
        ...

    def labels(self, name: str) -> Mapping[str, str]:
        """Name of each label image of one case -> its file, relative to the root."""
        ...

    @property
    def structures(self) -> tuple[Structure, ...]:
        """Structures of the label images, where the data set names them."""
        ...

    def scans(self, name: str) -> Scans:
        """The files of one case.

        Raises:
            SourceError: none of them can be used.
        """
        ...

    def strays(self) -> list[Rejected]:
        """Files that belong to no case, such as a label without an image."""
        ...


def find_layout(path: Path) -> Layout | None:
    """The layout of the files in `path`, or in the only folder within; None when it is none that is known here.

    Raises:
        UsageError: its `dataset.json` is damaged.
    """
    if not path.is_dir():
        return None
    layout = _layout_of(path)
    if layout is not None:
        return layout
    within = [folder for folder in sorted(path.iterdir()) if folder.is_dir() and not folder.name.startswith(".")]
    return _layout_of(within[0]) if len(within) == 1 else None


def data_sets(path: Path) -> list[str]:
    """Names of the folders that hold a data set of nnU-Net or of the Decathlon each."""
    folders = sorted(path.iterdir()) if path.is_dir() else []
    return [one.name for one in folders if (one / DECATHLON).is_file() or has_scans(one / "imagesTr")]


def _layout_of(path: Path) -> Layout | None:
    from lexiscope.sources.scans.nifti.case_folders import CaseFolders
    from lexiscope.sources.scans.nifti.decathlon import read_decathlon
    from lexiscope.sources.scans.nifti.flat_scans import find_flat_scans
    from lexiscope.sources.scans.nifti.nested_folders import find_nested_folders
    from lexiscope.sources.scans.nifti.pairs import find_pairs

    if (path / DECATHLON).is_file():
        return read_decathlon(path)
    pairs = find_pairs(path)
    if pairs is not None:
        return pairs
    if any(has_scans(folder) for folder in path.iterdir()):
        return CaseFolders(path)
    flat = find_flat_scans(path)
    return flat if flat is not None or data_sets(path) else find_nested_folders(path)


def has_scans(folder: Path) -> bool:
    """True for a folder with a scan in it."""
    return folder.is_dir() and not folder.name.startswith(".") and any(map(is_scan, folder.iterdir()))
