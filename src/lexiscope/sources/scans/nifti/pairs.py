"""`Pairs`: `images/` beside `labels/`, in folders of splits or not, or nnU-Net's raw layout with one file a channel."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.pixels import IMAGE_SUFFIXES, read_header
from lexiscope.sources.scans.nifti.channels import are_channels, channel_of
from lexiscope.sources.scans.nifti.layouts import Scans
from lexiscope.sources.scans.nifti.volumes import SCAN_SUFFIXES, Volume, read_volume, scan_files, stem_of
from lexiscope.sources.structures import Structure

_NNUNET = {"imagesTr": "labelsTr", "imagesTs": "labelsTs"}
_IMAGES = ("images", "image", "imgs", "img", "scans", "volumes")
_LABELS = (
    "labels", "label", "masks", "mask", "segmentations", "segmentation", "segs", "seg", "annotations", "annotation",
    "gt", "gts", "groundtruth", "ground_truth", "ground truth",
)  # fmt: skip
FOLDERS_OF_PAIRS = frozenset(name.lower() for name in ("images", *_LABELS, *_NNUNET, *_NNUNET.values()))
"""Names that say pairs wherever they stand; `scans` may be a folder of a patient, too."""
_SUFFIXES = tuple(dict.fromkeys((*SCAN_SUFFIXES, *IMAGE_SUFFIXES)))
_KIND = re.compile(  # words that a file of a pair may have beside the name of its case
    r"^(?:image|img|volume|vol|scan|labels?|seg(?:mentation)?|masks?|gt)(?=[_-]?\d|[_-])[_-]?|[_-](?:image|img|volume|vol|scan)$",
    re.IGNORECASE,
)
_OF_LABEL = re.compile(
    r"[_-](?:seg(?:mentation)?s?|masks?|labels?|gts?|ground[_-]?truth|anno(?:tation)?s?|manual\d?|l)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class PairedCase:
    """Files of a case, relative to the root.

    Args:
        images: Number of a channel, or None for the only image -> its file.
        label: File of its label; empty when there is none.
        split: Split that its folder says.
    """

    images: Mapping[int | None, str]
    label: str = ""
    split: str | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """Cases of folders of images and of labels.

    Args:
        root: Folder that holds them.
        cases: Name -> its files.
        orphans: Files of labels without an image.
        channels: Names of the channels; empty where nobody says them.
        structures: Structures of the labels; empty where nobody names them.
        licence: Licence of the whole set.
    """

    root: Path
    cases: Mapping[str, PairedCase]
    orphans: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    structures: tuple[Structure, ...] = ()
    licence: str = ""

    def names(self) -> list[str]:
        """Names of the cases."""
        return sorted(self.cases)

    def files(self, name: str) -> tuple[Path, ...]:
        """Images and label of a case."""
        case = self.cases[name]
        named = (*case.images.values(), *filter(None, [case.label]))
        return tuple(file for one in named for file in scan_files(self.root / one))

    def labels(self, name: str) -> dict[str, str]:
        """The label of a case, if it has one."""
        label = self.cases[name].label
        return {"label": label} if label else {}

    def scans(self, name: str) -> Scans:
        """Image or channels of a case, with its label."""
        case = self.cases[name]
        volumes = {number: read_volume(self.root, file) for number, file in case.images.items()}
        in_one = len(volumes) == 1 and _holds_channels(next(iter(volumes.values())), len(self.channels))
        images = {"image" if in_one else self._modality(number): volume for number, volume in volumes.items()}
        rejected: list[Rejected] = []
        masks: dict[str, Volume] = {}
        if case.label:
            try:
                masks = {"label": read_volume(self.root, case.label)}
            except SourceError as error:
                rejected.append(Rejected(str(self.root / case.label), str(error), error.remedy))
        absent = [channel for channel in self.channels if channel not in images and not in_one]
        lacking = tuple(f"no file of the channel {channel}" for channel in absent)
        place = next(iter(case.images.values()))
        return Scans.of(
            place,
            images,
            masks,
            split=case.split,
            licence=self.licence,
            steps=(*_merged(case), *lacking, *_guessed(name, case.label)),
            rejected=tuple(rejected),
        )

    def strays(self) -> list[Rejected]:
        """Labels without an image."""
        reason = "a label without an image of its name"
        return [Rejected(str(self.root / file), reason, "add the image, or remove the label") for file in self.orphans]

    @property
    def has_labels(self) -> bool:
        """True when some case has a label, or some label no case."""
        return bool(self.orphans) or any(case.label for case in self.cases.values())

    def _modality(self, number: int | None) -> str:
        if number is None or (not self.channels and self._has_one_channel):
            return self.channels[0] if self.channels else "image"
        if not self.channels:
            return f"channel_{number:04d}"
        if number >= len(self.channels):
            msg = f"there is a file of channel {number:04d}, dataset.json names {len(self.channels)} channels"
            raise SourceError(msg, remedy="correct the list of channels, or remove the file")
        return self.channels[number]

    @property
    def _has_one_channel(self) -> bool:
        return all(set(case.images) <= {0, None} for case in self.cases.values())


def _guessed(name: str, label: str) -> tuple[str, ...]:
    """The step that says which label was taken where its name is not that of the case."""
    stem = stem_of(PurePath(label).name, _SUFFIXES)
    same = not label or PurePath(name).name in (stem, _OF_LABEL.sub("", stem))
    return () if same else (f"{PurePath(label).name} was taken for its label, by what is left of both names (guessed)",)


def _holds_channels(volume: Volume, channels: int) -> bool:
    """True for a picture whose colours are the channels."""
    origin = volume.image.origin
    if channels < 2 or not isinstance(origin, Path) or origin.name.lower().endswith(SCAN_SUFFIXES):
        return False
    try:
        return read_header(origin).channels == channels
    except SourceError:
        return False  # the build says what is wrong with it


def _merged(case: PairedCase) -> tuple[str, ...]:
    numbers = [f"_{number:04d}" for number in case.images if number is not None]
    return (f"files {', '.join(numbers)} are channels of one case",) if len(numbers) > 1 else ()


def find_pairs(
    root: Path, *, channels: tuple[str, ...] = (), structures: tuple[Structure, ...] = (), licence: str = ""
) -> Pairs | None:
    """The pairs of a folder, or of its folders of splits; None when it has no folder of images.

    Scans need no labels beside them; pictures are pairs only where a label has the name of one.

    Args:
        channels: Names of the channels, where a dataset.json says them.
        structures: Structures of the labels, where a dataset.json names them.
        licence: Licence of the whole set.
    """
    cases: dict[str, PairedCase] = {}
    orphans: list[str] = []
    for images, labels, split in _folders(root):
        named = _by_stem(root, labels)
        grouped = _grouped(_by_stem(root, images), named, declared=bool(channels) or images in _NNUNET)
        paired, alone = _paired(grouped, named, split)
        if labels or _hold_scans(paired):
            clash = not cases.keys().isdisjoint(paired)
            cases |= {f"{split}/{case}" if clash else case: pair for case, pair in paired.items()}
            orphans += alone
    pairs = Pairs(root, cases, tuple(orphans), channels, structures, licence)
    return pairs if pairs.has_labels or _are_sure(root, cases) else None


SPLITS = {
    "imagestr": "train", "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
    "imagests": "test", "test": "test", "testing": "test",
}  # fmt: skip


def _folders(root: Path) -> list[tuple[str, str, str | None]]:
    """Folders of images, of their labels, and the split that they are, where there are several."""
    single = _raw_folders(root) or _paired_folders(root)
    if not single:
        names = _splits_in(root)
        found = [
            (name, (f"{name}/{one}", other and f"{name}/{other}"))
            for name in names
            for one, other in _paired_folders(root / name)
        ]
    elif (names := _splits_in(root / single[0][0])) and not _by_stem(root, single[0][0]):
        images, labels = single[0]
        found = [(name, (f"{images}/{name}", labels and f"{labels}/{name}")) for name in names]
    else:
        found = [(images, (images, labels)) for images, labels in single]
    return [(*folders, SPLITS.get(name.lower()) if len(found) > 1 else None) for name, folders in found]


def _splits_in(folder: Path) -> list[str]:
    return [path.name for path in sorted(folder.iterdir()) if path.name.lower() in SPLITS and path.is_dir()]


def _raw_folders(root: Path) -> list[tuple[str, str]]:
    """nnU-Net's folders of images with those of their labels."""
    labels = _first_folder(root, _LABELS)
    raw = [(images, label) for images, label in _NNUNET.items() if (root / images).is_dir()]
    return [(images, label if (root / label).is_dir() else labels) for images, label in raw]


def _paired_folders(root: Path) -> list[tuple[str, str]]:
    """The folder of images with that of their labels, under any of their usual names."""
    images = _first_folder(root, _IMAGES)
    return [(images, _first_folder(root, (*_LABELS, "labelstr")))] if images else []


def _first_folder(root: Path, names: tuple[str, ...]) -> str:
    """The first of some folders that is there, whatever its case; empty when none is."""
    present = {path.name.lower(): path.name for path in sorted(root.iterdir(), reverse=True) if path.is_dir()}
    return next((present[name] for name in names if name in present), "")


def _grouped(files: Mapping[str, str], labels: Collection[str], *, declared: bool) -> dict[str, dict[int | None, str]]:
    """Case -> its files by channel; without channels every file is a case of its own."""
    grouped: dict[str, dict[int | None, str]] = defaultdict(dict)
    has_channels = (declared or bool(labels)) and are_channels(files, labels)
    for stem, file in sorted(files.items()):
        case, number = (channel_of(stem) if has_channels else None) or (stem, None)
        grouped[case][number] = file
    return grouped


def _paired(
    grouped: Mapping[str, dict[int | None, str]], named: Mapping[str, str], split: str | None
) -> tuple[dict[str, PairedCase], list[str]]:
    """Cases with their labels, and the labels that are left over."""
    label_of = {stem if stem in grouped else _OF_LABEL.sub("", stem): file for stem, file in named.items()}
    if not label_of.keys() & grouped.keys():
        label_of = _without_kinds(label_of, grouped)
    cases = {case: PairedCase(files, label_of.get(case, ""), split) for case, files in grouped.items()}
    return cases, sorted(file for stem, file in label_of.items() if stem not in grouped)


def _without_kinds(label_of: Mapping[str, str], cases: Collection[str]) -> dict[str, str]:
    """Labels by the names of their cases where both also say what they are: `img0001` and `label0001`."""
    bare = {_KIND.sub("", case): case for case in cases}
    named = {_KIND.sub("", stem): file for stem, file in label_of.items()}
    if len(bare) < len(cases) or len(named) < len(label_of):
        return dict(label_of)
    return {bare.get(stem, stem): file for stem, file in named.items()}


def _hold_scans(cases: Mapping[str, PairedCase]) -> bool:
    return any(file.lower().endswith(SCAN_SUFFIXES) for case in cases.values() for file in case.images.values())


def _are_sure(root: Path, cases: Mapping[str, PairedCase]) -> bool:
    """True for scans without any label that lie in a folder that says images: other folders may be cases."""
    sure = [(root / name).is_dir() for name in ("images", *_NNUNET)]
    return any(sure) and _hold_scans(cases)


def _by_stem(root: Path, folder: str) -> dict[str, str]:
    """Name without suffix -> file relative to `root`; of one name in two formats the first by `_SUFFIXES`."""
    if not folder or not (root / folder).is_dir():
        return {}
    paths = [path for path in (root / folder).iterdir() if path.name.lower().endswith(_SUFFIXES)]
    usable = [path for path in paths if not path.name.startswith(".") and not path.is_dir()]
    ordered = sorted(usable, key=lambda path: (stem_of(path.name, _SUFFIXES), _SUFFIXES.index(_suffix(path.name))))
    files: dict[str, str] = {}
    for path in ordered:
        files.setdefault(stem_of(path.name, _SUFFIXES), f"{folder}/{path.name}")
    return files


def _suffix(name: str) -> str:
    return name.lower()[len(stem_of(name, _SUFFIXES)) :]
