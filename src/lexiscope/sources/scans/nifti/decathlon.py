"""`read_decathlon`: a `dataset.json` of the Medical Segmentation Decathlon or of nnU-Net, versions 1 and 2."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Encoded, ImageFile, Rejected
from lexiscope.sources.naming import slug, unused
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import read_header
from lexiscope.sources.scans.nifti.layouts import DECATHLON, Layout, Scans
from lexiscope.sources.scans.nifti.pairs import find_pairs
from lexiscope.sources.scans.nifti.volumes import Volume, read_volume, stem_of
from lexiscope.sources.steady import read_input
from lexiscope.sources.structures import Structure

_MAX_JSON = 64 << 20
_NO_STRUCTURES = ("background", "ignore")
_SPLITS = {"training": "train", "validation": "val", "test": "test"}


@dataclass(frozen=True, slots=True)
class ListedCase:
    """Files of a case as `dataset.json` lists them: one image, perhaps with a fourth axis, or one a channel."""

    images: tuple[str, ...]
    label: str = ""
    split: str | None = None


@dataclass(frozen=True, slots=True)
class Decathlon:
    """Lists of images and labels, with names for the fourth axis (or the channels) and for the structures."""

    root: Path
    entries: Mapping[str, ListedCase]
    modalities: tuple[str, ...]
    structures: tuple[Structure, ...]
    licence: str

    def names(self) -> list[str]:
        """Names of the cases, in the order of the lists."""
        return list(self.entries)

    def files(self, name: str) -> tuple[Path, ...]:
        """Images and label of a case."""
        entry = self.entries[name]
        return tuple(self.root / file for file in (*entry.images, entry.label) if file)

    def labels(self, name: str) -> dict[str, str]:
        """The label of a case, if it has one."""
        label = self.entries[name].label
        return {"label": label} if label else {}

    def scans(self, name: str) -> Scans:
        """Modalities of a case, with its label."""
        entry = self.entries[name]
        images, split_steps = self._images(entry)
        rejected: tuple[Rejected, ...] = ()
        masks = {}
        try:
            masks = {"label": read_volume(self.root, entry.label)} if entry.label else {}
        except SourceError as error:
            rejected = (Rejected(str(self.root / entry.label), str(error), error.remedy),)
        return Scans.of(
            entry.images[0],
            images,
            masks,
            split=entry.split,
            licence=self.licence,
            steps=split_steps,
            rejected=rejected,
        )

    def strays(self) -> list[Rejected]:
        """None: what the lists do not name is listed as unread."""
        return []

    def _images(self, entry: ListedCase) -> tuple[dict[str, Volume], tuple[str, ...]]:
        if len(entry.images) > 1 or len(self.modalities) == 1:
            if len(entry.images) > len(self.modalities):
                msg = f"the case has {len(entry.images)} files, dataset.json names {len(self.modalities)} modalities"
                raise SourceError(msg, remedy="correct the list of modalities or of files")
            volumes = (read_volume(self.root, file) for file in entry.images)
            return dict(zip(self.modalities, volumes, strict=False)), ()
        path = inside(self.root, entry.images[0])
        channels = read_header(path).channels
        if channels != len(self.modalities):
            msg = f"{path.name} has {channels} channels, dataset.json names {len(self.modalities)} modalities"
            raise SourceError(msg, remedy="correct the list of modalities or the file")
        from lexiscope.sources.formats.nifti import split_channels

        parts = (Volume(ImageFile(Encoded(data, ".nii.gz")), (path,)) for data in split_channels(path))
        return dict(zip(self.modalities, parts, strict=True)), ("fourth axis split into modalities",)


def read_decathlon(root: Path) -> Layout:
    """The layout that the `dataset.json` of a folder describes.

    nnU-Net's lists no file (version 2) or files without their channel (version 1): then the files of `imagesTr` and
    `imagesTs` are the list.

    Raises:
        UsageError: the file is damaged, or neither it nor the folders name an image.
    """
    try:
        return _layout_of(root, json.loads(_text_of(root)))
    except (SourceError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        msg = (
            f"{root / DECATHLON} is no MSD dataset.json: {error}; expected modality (or channel_names), labels and a "
            "list training of image, label, or nnU-Net's files in imagesTr"
        )
        raise UsageError(msg) from error


def _layout_of(root: Path, record: Mapping[str, Any]) -> Layout:
    modalities, structures = _modalities(record), _structures(record.get("labels") or {})
    licence = str(record.get("licence") or record.get("license") or "")
    entries = _entries(record)
    listed = Decathlon(root, entries, modalities or ("image",), structures, licence)
    if any((root / file).exists() for entry in entries.values() for file in entry.images):
        return listed
    pairs = find_pairs(root, channels=modalities, structures=structures, licence=licence)
    if pairs is None and not entries:
        raise ValueError("it lists no image, and there is none in imagesTr")
    return pairs or listed


def _text_of(root: Path) -> str:
    file = inside(root, DECATHLON)
    if file.stat().st_size > _MAX_JSON:
        raise SourceError(f"it has more than {_MAX_JSON:,} bytes", remedy="split the data set")
    return read_input(file).decode("utf-8-sig")


def _modalities(record: Mapping[str, Any]) -> tuple[str, ...]:
    named = record.get("modality") or record.get("channel_names") or {}
    names: list[str] = []
    for _, name in sorted(named.items(), key=_by_number):
        names.append(
            unused(str(name).strip().lower(), names)
        )  # nnU-Net calls every channel that it leaves alone "noNorm"
    return tuple(names)


def _structures(labels: Mapping[str, Any]) -> tuple[Structure, ...]:
    """Structures of the labels: version 1 maps values to names, version 2 names to values or to lists of them.

    Structures of lists (regions) may overlap. The background and nnU-Net's label "ignore" are none. What is no whole
    number, such as a list of names, is left out.
    """
    structures: dict[str, Structure] = {}
    for key, meaning in labels.items():
        written, values = (str(meaning), [key]) if key.isdecimal() else (key, _listed(meaning))
        numbers = frozenset(int(value) for value in map(str, values) if value.isdecimal()) - {0}
        if numbers and written.strip().lower() not in _NO_STRUCTURES:
            name = unused(slug(written, default=written.strip() or f"label {min(numbers)}"), structures)
            structures[name] = Structure(name, numbers)
    return tuple(structures.values())


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _entries(record: Mapping[str, Any]) -> dict[str, ListedCase]:
    listed = {}
    for key, split in _SPLITS.items():
        for item in record.get(key) or []:
            entry = _entry(item, split)
            listed[stem_of(Path(entry.images[0]).name)] = entry
    for name, item in (record.get("dataset") or {}).items():
        listed[str(name)] = ListedCase(tuple(map(str, item["images"])), str(item.get("label") or ""))
    return listed


def _entry(item: Any, split: str) -> ListedCase:
    if isinstance(item, str):
        return ListedCase((item,), split=split)
    return ListedCase((str(item["image"]),), str(item.get("label") or ""), split)


def _by_number(item: tuple[str, Any]) -> tuple[int, str]:
    return (int(item[0]), "") if item[0].isdecimal() else (0, item[0])
