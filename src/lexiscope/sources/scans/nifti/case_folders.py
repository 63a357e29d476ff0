"""`CaseFolders`: a folder a case; every scan in it is a modality or a mask, by its name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.scans.nifti.layouts import Scans, has_scans
from lexiscope.sources.scans.nifti.volumes import Volume, is_scan, read_volume, scan_files, stem_of
from lexiscope.sources.structures import Structure

_MASK = re.compile(
    r".*masks?(?:[_-]?\d+)?|seg.*|label.*|(?:.*\+)?aseg|wmparc|ribbon|(?:.*[_-])?(?:seg(?:mentation)?s?|labels?|lesions?"
    r"|consensus|rois?|gts?|ground[_-]?truth|annotations?|contours?|delineations?|parcellations?|tumou?rs?|[gcp]tv)"
    r"(?:[_-]?\d+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CaseFolders:
    """Folders of scans, one a case."""

    root: Path

    def names(self) -> list[str]:
        """Names of the folders."""
        return sorted(folder.name for folder in self.root.iterdir() if has_scans(folder))

    def files(self, name: str) -> tuple[Path, ...]:
        """Every scan of a folder."""
        return tuple(file for path, _ in self._named(name) for file in scan_files(path))

    def labels(self, name: str) -> dict[str, str]:
        """Label images of a folder by what its name says."""
        return {stem: f"{name}/{path.name}" for path, stem in self._named(name) if is_mask_name(stem)}

    @property
    def structures(self) -> tuple[Structure, ...]:
        """None: folders of scans say no values."""
        return ()

    def scans(self, name: str) -> Scans:
        """Modalities and masks of a folder."""
        return scans_by_name(self.root, name, self._named(name))

    def strays(self) -> list[Rejected]:
        """None: every scan in a folder belongs to its case."""
        return []

    def _named(self, name: str) -> Iterator[tuple[Path, str]]:
        """Scans of a folder, each with its name without suffix and without the folder's."""
        for path in sorted((self.root / name).iterdir()):
            if is_scan(path):
                yield path, re.sub(rf"^{re.escape(name)}[_.-]+(?=.)", "", stem_of(path.name))


def is_mask_name(stem: str) -> bool:
    """True for a file that is called like a mask or a label image.

    Example:
        >>> [stem for stem in ("t1", "brainmask", "frame01_gt", "seg", "flair") if is_mask_name(stem)]
        ['brainmask', 'frame01_gt', 'seg']
    """
    return _MASK.fullmatch(stem) is not None


def scans_by_name(root: Path, place: str, named: Iterable[tuple[Path, str]]) -> Scans:
    """Modalities and masks of a case by what its files are called.

    Args:
        root: Folder of the source.
        place: Folder or file of the case, relative to it.
        named: Files of the case, each with its name as a modality or mask.
    """
    volumes: dict[str, Volume] = {}
    rejected = []
    for path, stem in named:
        try:
            volumes |= {_unused(stem, volumes): read_volume(root, path.relative_to(root).as_posix())}
        except SourceError as error:
            rejected.append(Rejected(str(path), str(error), error.remedy, scan_files(path)))
    return Scans.of(
        place,
        {stem: volume for stem, volume in volumes.items() if not is_mask_name(stem)},
        {stem: volume for stem, volume in volumes.items() if is_mask_name(stem)},
        rejected=tuple(rejected),
    )


def _unused(stem: str, volumes: dict[str, Volume]) -> str:
    if stem in volumes:
        raise SourceError(
            f"the case has {stem} twice, in two formats or compressed and not", remedy="keep one of the files"
        )
    return stem
