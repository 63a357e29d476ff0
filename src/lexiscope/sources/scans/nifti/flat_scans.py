"""`FlatScans`: scans of many cases in one folder, told apart by their names: `p1_t1.nii.gz`, `volume-1.nii`."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lexiscope.sources.draft import Rejected
from lexiscope.sources.scans.nifti.case_folders import is_mask_name, scans_by_name
from lexiscope.sources.scans.nifti.layouts import Scans
from lexiscope.sources.scans.nifti.volumes import is_scan, scan_files, stem_of
from lexiscope.sources.structures import Structure

_ORDERS = (  # case and kind as names of files hold them
    re.compile(r"(?P<case>.+?)[_.-](?P<kind>[A-Za-z][A-Za-z0-9]*(?:[_-](?:masks?|seg))?)"),
    re.compile(r"(?P<kind>[A-Za-z]+)[_.-]?(?P<case>\d+)"),
)
MODALITIES = frozenset((
    "t1", "t1w", "t1c", "t1ce", "t1gd", "t1n", "t1post", "t2", "t2w", "t2f", "t2star", "flair", "pd", "pdw", "adc",
    "dwi", "swi", "asl", "ct", "cta", "cbct", "pet", "suv", "mr", "mri", "mra", "image", "img", "imaging",
    "volume", "vol", "scan", "orig",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class FlatScans:
    """Cases whose files lie in one folder.

    Args:
        root: The folder.
        cases: Name -> files by what they show.
    """

    root: Path
    cases: Mapping[str, Mapping[str, Path]]

    def names(self) -> list[str]:
        """Names of the cases."""
        return sorted(self.cases)

    def files(self, name: str) -> tuple[Path, ...]:
        """Every scan of a case."""
        return tuple(file for path in self.cases[name].values() for file in scan_files(path))

    def labels(self, name: str) -> dict[str, str]:
        """Label images of a case by what their names say."""
        return {kind: path.name for kind, path in self.cases[name].items() if is_mask_name(kind)}

    @property
    def structures(self) -> tuple[Structure, ...]:
        """None: names of files say no values."""
        return ()

    def scans(self, name: str) -> Scans:
        """Modalities and masks of a case."""
        files = self.cases[name]
        return scans_by_name(self.root, next(iter(files.values())).name, [(path, kind) for kind, path in files.items()])

    def strays(self) -> list[Rejected]:
        """None: every scan belongs to a case."""
        return []


def find_flat_scans(root: Path) -> FlatScans | None:
    """The cases of a folder of scans; None where their names do not say which belong together.

    Every scan must be called after its case and what it shows, in one order, and some case must have several. Where all
    are called like label images, each is a case that lacks its scan.
    """
    paths = sorted(path for path in root.iterdir() if is_scan(path)) if root.is_dir() else []
    stems = [stem_of(path.name) for path in paths]
    if stems and all(map(is_mask_name, stems)):
        return FlatScans(root, {stem: {stem: path} for stem, path in zip(stems, paths, strict=True)})
    for order in _ORDERS:
        cases: dict[str, dict[str, Path]] = defaultdict(dict)
        for case, kind, path in _named(paths, order):
            cases[case].setdefault(kind, path)
        whole = sum(map(len, cases.values())) == len(paths)
        if whole and any(len(files) > 1 for files in cases.values()):
            return FlatScans(root, dict(cases))
    return None


def _named(paths: list[Path], order: re.Pattern[str]) -> Iterator[tuple[str, str, Path]]:
    """Case, kind and file; a file called after its case alone is its image, where others have that name and a kind."""
    matches = [(path, order.fullmatch(stem_of(path.name))) for path in paths]
    known = [(match["case"], match["kind"], path) for path, match in matches if match and _is_kind(match["kind"])]
    cases = {case for case, _, _ in known}
    named = {path for _, _, path in known}
    bare = ((stem_of(path.name), "image", path) for path in paths if path not in named)
    yield from (*known, *(item for item in bare if item[0] in cases))


def _is_kind(word: str) -> bool:
    return word.lower() in MODALITIES or is_mask_name(word)
