"""`CaseFolders`: a folder a case; every scan in it is a modality or a mask, by its name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.scans.nifti.layouts import Scans, has_scans
from lexiscope.sources.scans.nifti.volumes import Volume, is_scan, read_volume, scan_files, stem_of
from lexiscope.sources.structures import Structure

_MASK = re.compile(
    r"(?:.*[_-])?(?:masks?|seg(?:mentation)?s?|labels?|lesions?|consensus|roi)(?:[_-]?\d+)?|seg.*|label.*|(?:.*\+)?aseg",
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
        return {stem: f"{name}/{path.name}" for path, stem in self._named(name) if _MASK.fullmatch(stem)}

    @property
    def structures(self) -> tuple[Structure, ...]:
        """None: folders of scans say no values."""
        return ()

    def scans(self, name: str) -> Scans:
        """Modalities and masks of a folder."""
        volumes: dict[str, Volume] = {}
        rejected = []
        for path, stem in self._named(name):
            try:
                volumes |= {_unused(stem, volumes): read_volume(self.root, f"{name}/{path.name}")}
            except SourceError as error:
                rejected.append(Rejected(str(path), str(error), error.remedy, scan_files(path)))
        return Scans.of(
            name,
            {stem: volume for stem, volume in volumes.items() if not _MASK.fullmatch(stem)},
            {stem: volume for stem, volume in volumes.items() if _MASK.fullmatch(stem)},
            rejected=tuple(rejected),
        )

    def strays(self) -> list[Rejected]:
        """None: every scan in a folder belongs to its case."""
        return []

    def _named(self, name: str) -> Iterator[tuple[Path, str]]:
        """Scans of a folder, each with its name without suffix and without the folder's."""
        for path in sorted((self.root / name).iterdir()):
            if is_scan(path):
                yield path, re.sub(rf"^{re.escape(name)}[_.-]+(?=.)", "", stem_of(path.name))


def _unused(stem: str, volumes: dict[str, Volume]) -> str:
    if stem in volumes:
        raise SourceError(
            f"the case has {stem} twice, in two formats or compressed and not", remedy="keep one of the files"
        )
    return stem
