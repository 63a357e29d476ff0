"""Layouts of NIfTI files in labs: case folders, `images/` beside `labels/`, the Medical Segmentation Decathlon."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Encoded, ImageFile, Rejected
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import read_header

DECATHLON = "dataset.json"
_SUFFIXES = (".nii", ".nii.gz")
_MASK = re.compile(
    r"(?:.*[_-])?(?:masks?|seg(?:mentation)?s?|labels?|lesions?|consensus|roi)(?:[_-]?\d+)?|seg.*|label.*",
    re.IGNORECASE,
)
_LABEL_FOLDERS = ("labels", "labelsTr", "masks")
_IMAGE_FOLDERS = ("images", "imagesTr")
_MAX_JSON = 64 << 20
_MSD_SPLITS = {"training": "train", "validation": "val", "test": "test"}


@dataclass(frozen=True, slots=True)
class Scans:
    """The files of one case.

    Args:
        place: Folder or file, relative to the source.
        rejected: Files of the case that cannot be used; the others can.
        files: Files that images or masks were made from.
    """

    place: str
    images: Mapping[str, ImageFile]
    masks: Mapping[str, ImageFile] = field(default_factory=dict)
    split: str | None = None
    licence: str = ""
    steps: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    files: tuple[Path, ...] = ()


class Layout(Protocol):
    """One way of laying out the files of many cases."""

    def names(self) -> list[str]:
        """The cases, in a stable order."""
        ...

    def files(self, name: str) -> tuple[Path, ...]:
        """Every file of one case, whether it can be used or not."""
        ...

    def scans(self, name: str) -> Scans:
        """The files of one case.

        Raises:
            SourceError: none of them can be used.
        """
        ...


def find_layout(path: Path) -> Layout | None:
    """The layout of the files in `path`; None when it is none that is known here.

    Raises:
        UsageError: its `dataset.json` is damaged.
    """
    if not path.is_dir():
        return None
    if (path / DECATHLON).is_file():
        return _Decathlon.read(path)
    for images in _IMAGE_FOLDERS:
        if _has_scans(path / images):
            labels = next((label for label in _LABEL_FOLDERS if (path / label).is_dir()), "")
            return _Beside(path, images, labels)
    if _has_case_folders(path):
        return _Folders(path)
    return _published(path)


def _published(path: Path) -> "_Folders | None":
    """A folder of case folders beside a table and a README, as data sets are published."""
    within = [folder for folder in sorted(path.iterdir()) if folder.is_dir() and not folder.name.startswith(".")]
    return _Folders(within[0]) if len(within) == 1 and _has_case_folders(within[0]) else None


def stem_of(name: str) -> str:
    """A NIfTI file's name without its suffixes.

    Example:
        >>> stem_of("flair.nii.gz"), stem_of("flair.nii")
        ('flair', 'flair')
    """
    return name[: -len(".nii.gz")] if name.lower().endswith(".gz") else name[: -len(".nii")]


@dataclass(frozen=True, slots=True)
class _Folders:
    """A folder a case: every NIfTI in it is a modality or a mask, by its name."""

    root: Path

    def names(self) -> list[str]:
        return sorted(folder.name for folder in self.root.iterdir() if _has_scans(folder))

    def files(self, name: str) -> tuple[Path, ...]:
        return tuple(path for path in sorted((self.root / name).iterdir()) if _is_scan(path))

    def scans(self, name: str) -> Scans:
        files: dict[str, ImageFile] = {}
        rejected = []
        for path in sorted((self.root / name).iterdir()):
            if not _is_scan(path):
                continue
            stem = re.sub(rf"^{re.escape(name)}[_.-]+(?=.)", "", stem_of(path.name))
            try:
                files |= {_unused(stem, files): ImageFile(inside(self.root, f"{name}/{path.name}"))}
            except SourceError as error:
                rejected.append(Rejected(str(path), str(error), error.remedy))
        return Scans(
            place=name,
            images={stem: file for stem, file in files.items() if not _MASK.fullmatch(stem)},
            masks={stem: file for stem, file in files.items() if _MASK.fullmatch(stem)},
            rejected=tuple(rejected),
        )


@dataclass(frozen=True, slots=True)
class _Beside:
    """`images/x.nii.gz` beside `labels/x.nii.gz`."""

    root: Path
    images: str
    labels: str

    def names(self) -> list[str]:
        return sorted({stem_of(path.name) for path in (self.root / self.images).iterdir() if _is_scan(path)})

    def scans(self, name: str) -> Scans:
        image, label = self._file(self.images, name), self._file(self.labels, name) if self.labels else None
        if image is None:
            raise SourceError(f"{self.images}/{name} cannot be read", remedy="check the file")
        masks = {"label": ImageFile(inside(self.root, label))} if label else {}
        return Scans(image, {"image": ImageFile(inside(self.root, image))}, masks)

    def files(self, name: str) -> tuple[Path, ...]:
        named = (self._file(folder, name) for folder in (self.images, self.labels) if folder)
        return tuple(self.root / file for file in named if file)

    def _file(self, folder: str, name: str) -> str | None:
        names = (f"{folder}/{name}{suffix}" for suffix in reversed(_SUFFIXES))
        return next((file for file in names if (self.root / file).exists()), None)


@dataclass(frozen=True, slots=True)
class _Decathlon:
    """An MSD `dataset.json`: lists of images and labels, with names for the fourth axis and for the labels' values."""

    root: Path
    entries: Mapping[str, tuple[str, str, str]]  # name -> image, label, split
    modalities: tuple[str, ...]
    labels: tuple[str, ...]
    licence: str

    @classmethod
    def read(cls, root: Path) -> "_Decathlon":
        file = root / DECATHLON
        try:
            record = json.loads(_text_of(root, DECATHLON))
            entries = {
                stem_of(Path(entry[0]).name): entry
                for key, split in _MSD_SPLITS.items()
                for entry in _msd_entries(record.get(key, []), split)
            }
            if not entries:
                raise ValueError("it lists no image")
            modalities = record.get("modality") or record.get("channel_names") or {"0": "image"}
            return cls(
                root,
                entries,
                modalities=tuple(str(name).strip().lower() for _, name in sorted(modalities.items(), key=_by_number)),
                labels=tuple(f"{value}={name}" for value, name in record.get("labels", {}).items()),
                licence=str(record.get("licence") or record.get("license") or ""),
            )
        except (SourceError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            msg = (
                f"{file} is no MSD dataset.json: {error}; expected modality, labels and a list training of image, label"
            )
            raise UsageError(msg) from error

    def names(self) -> list[str]:
        return list(self.entries)

    def scans(self, name: str) -> Scans:
        image, label, split = self.entries[name]
        images = self._by_modality(inside(self.root, image))
        steps = (f"labels: {', '.join(self.labels)}",) if label and self.labels else ()
        rejected: tuple[Rejected, ...] = ()
        masks = {}
        try:
            masks = {"label": ImageFile(inside(self.root, label))} if label else {}
        except SourceError as error:
            rejected = (Rejected(str(self.root / label), str(error), error.remedy),)
        files = (self.root / image,)
        return Scans(image, images, masks, split, self.licence, (*self._split_steps(), *steps), rejected, files)

    def files(self, name: str) -> tuple[Path, ...]:
        return tuple(self.root / file for file in self.entries[name][:2] if file)

    def _split_steps(self) -> tuple[str, ...]:
        return ("fourth axis split into modalities",) if len(self.modalities) > 1 else ()

    def _by_modality(self, path: Path) -> dict[str, ImageFile]:
        if len(self.modalities) == 1:
            return {self.modalities[0]: ImageFile(path)}
        channels = read_header(path).channels
        if channels != len(self.modalities):
            msg = f"{path.name} has {channels} channels, dataset.json names {len(self.modalities)} modalities"
            raise SourceError(msg, remedy="correct the list of modalities or the file")
        from lexiscope.sources.formats.nifti import split_channels

        files = (ImageFile(Encoded(data, ".nii.gz")) for data in split_channels(path))
        return dict(zip(self.modalities, files, strict=True))


def _text_of(root: Path, name: str) -> str:
    file = inside(root, name)
    if file.stat().st_size > _MAX_JSON:
        raise SourceError(f"it has more than {_MAX_JSON:,} bytes", remedy="split the data set")
    return file.read_text(encoding="utf-8")


def _msd_entries(listed: list[Any], split: str) -> list[tuple[str, str, str]]:
    pairs = [(item, "") if isinstance(item, str) else (item["image"], item.get("label") or "") for item in listed]
    return [(str(image), str(label), split) for image, label in pairs]


def _by_number(item: tuple[str, Any]) -> tuple[int, str]:
    return (int(item[0]), "") if item[0].isdecimal() else (0, item[0])


def _unused(stem: str, files: Mapping[str, ImageFile]) -> str:
    if stem in files:
        raise SourceError(f"the case has {stem} twice, compressed and not", remedy="keep one of the files")
    return stem


def _has_case_folders(path: Path) -> bool:
    return any(_has_scans(folder) for folder in path.iterdir())


def _has_scans(folder: Path) -> bool:
    return folder.is_dir() and not folder.name.startswith(".") and any(map(_is_scan, folder.iterdir()))


def _is_scan(path: Path) -> bool:
    return path.name.lower().endswith(_SUFFIXES) and not path.name.startswith(".")
