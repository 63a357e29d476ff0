"""`NestedFolders`: scans in folders of folders, such as `patient/session/t1.nii` and `patient/anat/t1.nii`."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from lexiscope.sources.draft import Rejected
from lexiscope.sources.image_folder import is_entered
from lexiscope.sources.scans.nifti.case_folders import is_mask_name, scans_by_name
from lexiscope.sources.scans.nifti.flat_scans import MODALITIES
from lexiscope.sources.scans.nifti.layouts import Scans
from lexiscope.sources.scans.nifti.pairs import FOLDERS_OF_PAIRS, SPLITS
from lexiscope.sources.scans.nifti.volumes import is_scan, scan_files, stem_of
from lexiscope.sources.structures import Structure

_DEEPEST = 5  # folders
_SLICES = (".dcm", ".dicom", ".ima")
_KINDS = frozenset(("anat", "func", "fmap", "perf", "mri", "mr", "orig", "raw", "nii", "nifti", "data", "scans"))
_MODALITIES = MODALITIES - _KINDS
_SESSION = re.compile(
    r"(?:ses(?:sion)?|visit|time ?point|tp|day|week|month|year|baseline|bl|follow[-_ ]?up|fu|pre(?:op)?|post(?:op)?)"
    r"[-_ ]?\w{0,3}|(?:19|20)\d\d(?:[-_.]?\d\d){0,2}(?:[T_-]?\d{4,6})?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NestedFolders:
    """Cases whose scans lie two folders deep or deeper.

    Args:
        root: Folder of the source.
        cases: Folder of a case, relative to it -> its scans.
        groups: Folder of a case -> folder of its patient.
    """

    root: Path
    cases: Mapping[str, tuple[Path, ...]]
    groups: Mapping[str, str]

    def names(self) -> list[str]:
        """Folders of the cases."""
        return sorted(self.cases)

    def files(self, name: str) -> tuple[Path, ...]:
        """Every scan of a case."""
        return tuple(file for path in self.cases[name] for file in scan_files(path))

    def labels(self, name: str) -> dict[str, str]:
        """Label images of a case by what their names say."""
        named = self._named(name)
        return {kind: path.relative_to(self.root).as_posix() for path, kind in named if is_mask_name(kind)}

    @property
    def structures(self) -> tuple[Structure, ...]:
        """None: folders of scans say no values."""
        return ()

    def scans(self, name: str) -> Scans:
        """Modalities and masks of a case; its group is the folder of the patient."""
        scans = scans_by_name(self.root, name, self._named(name))
        group = self.groups[name]
        if group == name:
            return scans
        guess = "guessed from the folders; a column 'group' of a table says otherwise"
        step = f"the scans below {group} were taken for those of one patient, who is the group ({guess})"
        return replace(scans, group=group, steps=(*scans.steps, step))

    def strays(self) -> list[Rejected]:
        """None: every scan in a folder belongs to its case."""
        return []

    def _named(self, name: str) -> Iterator[tuple[Path, str]]:
        """Scans of a case, each called after its file, or after the folder where that says the modality."""
        for path in self.cases[name]:
            parts = path.relative_to(self.root).parts
            kind = stem_of(path.name)
            for part in parts[:-1]:
                kind = re.sub(rf"^{re.escape(part)}[_.-]+(?=.)", "", kind)
            folder = parts[-2]
            alone = sum(other.parent == path.parent for other in self.cases[name]) == 1
            if folder.lower() in _MODALITIES and not is_mask_name(kind):
                kind = folder if alone else f"{folder}_{kind}"
            yield path, kind


def find_nested_folders(root: Path) -> NestedFolders | None:
    """The cases of folders of folders; None where there are none, or fewer than DICOM files, or pairs."""
    found, slices = _files_below(root)
    if len(found) <= slices or any(set(map(str.lower, path.parts[:-1])) & FOLDERS_OF_PAIRS for path in found):
        return None
    cases: dict[str, list[Path]] = defaultdict(list)
    for path in found:
        cases[_case(path.parts[:-1])].append(root / path)
    groups = _patients([PurePath(name).parts for name in cases])
    if len({path.parts[0] for path in found}) == 1 and all(group == name for name, group in groups.items()):
        return None  # one folder around all cases
    return NestedFolders(root, {name: tuple(paths) for name, paths in cases.items()}, groups)


def _files_below(root: Path) -> tuple[list[PurePath], int]:
    """Scans that lie two folders deep or deeper, relative to the root, and the number of files that may be DICOM."""
    found, slices = [], 0
    for directory, folders, names in os.walk(root):
        here = Path(directory).relative_to(root)
        folders[:] = [folder for folder in folders if is_entered(folder) and len(here.parts) < _DEEPEST]
        slices += sum(name.lower().endswith(_SLICES) or "." not in name for name in names)
        if len(here.parts) > 1:
            found += [here / name for name in names if is_scan(Path(directory, name))]
    return sorted(found), slices


def _case(folders: tuple[str, ...]) -> str:
    """Folder of a case: without those at its end that say what kind of scans they hold."""
    while len(folders) > 1 and folders[-1].lower() in (*_KINDS, *MODALITIES):
        folders = folders[:-1]
    return "/".join(folders)


def _patients(cases: list[tuple[str, ...]]) -> dict[str, str]:
    """Folder of each case -> folder of its patient."""
    above = Counter(last for _, last in {(folders[0], folders[-1]) for folders in cases if len(folders) > 1})
    are_repeated = any(count > 1 for count in above.values())
    return {"/".join(folders): "/".join(_patient(folders, are_repeated=are_repeated)) for folders in cases}


def _patient(folders: tuple[str, ...], *, are_repeated: bool) -> tuple[str, ...]:
    """Folder of the patient: above the sessions; the topmost one where its name begins theirs, or theirs are repeated.

    Else every folder is a patient: `HGG/case1`, `site2/P07`.
    """
    above = folders
    while len(above) > 1 and _SESSION.fullmatch(above[-1]):
        above = above[:-1]
    if above != folders or len(folders) == 1 or folders[0].lower() in SPLITS:
        return above
    return folders[:1] if are_repeated or folders[-1].startswith(folders[0]) else folders
