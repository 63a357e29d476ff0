"""`input_files`: image files of an input, by modality; DICOM series become files first."""

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.sources.paths import check_regular
from lexiscope.sources.pixels import IMAGE_SUFFIXES, read_header
from lexiscope.sources.scans.dicom import DicomSource
from lexiscope.sources.scans.dicom.files import find_files, is_surely_dicom
from lexiscope.sources.scans.dicom.series import match_series
from lexiscope.sources.steady import steady

_MASKS = ("mask", "masks", "seg", "segs", "dseg", "segmentation", "label", "labels", "roi")
_BESIDE = (".json", ".txt", ".csv", ".tsv", ".bval", ".bvec", ".md")  # what lies beside images under their names


@dataclass(frozen=True, slots=True)
class InputFile:
    """Image file of an input.

    Args:
        path: The file.
        spacing: Spacing of its pixels, which its source may know better than the file; None when unknown.
        unit: "mm" or "nm", together with `spacing`.
        series: DICOM files that it was made of, slice by slice; none for other inputs.
    """

    path: Path
    spacing: tuple[float, ...] | None
    unit: str | None = None
    series: tuple[Path, ...] = ()


@contextmanager
def input_files(
    path: Path, modalities: Collection[str], *, modality: str | None = None
) -> Iterator[dict[str, InputFile]]:
    """Open an input: modality -> image file; files made from DICOM last as long as the block.

    Args:
        path: An image file, a folder whose files are named after their modality, or DICOM files of one study.
        modalities: Modalities that the model reads.
        modality: What the image or the series shows, when the model reads several modalities.

    Raises:
        UsageError: an input that fits no modality.
        SourceError: DICOM of which nothing can be read, or a file that was changed or removed during the block.
    """
    if modality is not None and modality not in modalities:
        names = ", ".join(sorted(modalities))
        raise UsageError(f"the model reads {names}, got modality {modality!r}; name one of these")
    if not path.exists():
        msg = f"expected an image file, a folder of images or DICOM files at {path}, found nothing there"
        raise UsageError(f"{msg}; check the path, or name the corpus of a case with --corpus")
    named = _named(path, modalities) if path.is_dir() else {}
    if not named and any(map(is_surely_dicom, find_files(path))):
        with tempfile.TemporaryDirectory() as folder:
            yield _written(_series(path, modalities, modality), Path(folder))
        return
    files = named or _alone(path, modalities, modality)
    with ExitStack() as stack:
        for file in files.values():
            check_regular(file)
            stack.enter_context(steady(file))
        yield {name: _input_file(file) for name, file in files.items()}


def unread_images(folder: Path, read: Collection[Path]) -> list[str]:
    """Names of image files in a folder that no modality reads, masks left out.

    Args:
        folder: Folder of an input; another path has none.
        read: Files that are read.
    """
    if not folder.is_dir() or not set(folder.iterdir()).issuperset(read):
        return []
    return [
        file.name
        for file in sorted(folder.iterdir())
        if file not in read and file.name.casefold().endswith(IMAGE_SUFFIXES) and not _is_mask(file)
    ]


def _is_mask(file: Path) -> bool:
    """True where any word of the name says so."""
    words = file.name.casefold().split(".")[0].replace("-", "_").split("_")
    return not set(words).isdisjoint(_MASKS)


def _named(folder: Path, modalities: Collection[str]) -> dict[str, Path]:
    files = sorted(folder.iterdir())
    found = {name: [file for file in files if _is_image_of(file, name)] for name in sorted(modalities)}
    return {name: _only(name, of_name) for name, of_name in found.items() if of_name}


def _is_image_of(file: Path, modality: str) -> bool:
    """`flair.nii.gz`, `visit_flair.png`, `visit-flair.png`; no `mask_flair.png`, no sidecar, no slice `MR.1.2.840`."""
    stem = file.name.casefold().split(".")[0]
    before, _, last = stem.replace("-", "_").rpartition(modality.casefold().replace("-", "_"))
    if last or (before and not before.endswith("_")) or not stem.endswith(modality.casefold()):
        return False
    if before.strip("_").rpartition("_")[2] in _MASKS or file.suffix.casefold() in _BESIDE:
        return False
    return not (file.is_file() and is_surely_dicom(file))


def _only(modality: str, files: Sequence[Path]) -> Path:
    """The file that is called like its modality and nothing else, or the only one there is."""
    plain = [file for file in files if file.name.casefold().split(".")[0] == modality.casefold()] or files
    if len(plain) > 1:
        msg = f"expected one image of {modality} in {plain[0].parent}, found {', '.join(file.name for file in plain)}"
        raise UsageError(f"{msg}; take the others away")
    return plain[0]


def _alone(path: Path, modalities: Collection[str], modality: str | None) -> dict[str, Path]:
    names = ", ".join(sorted(modalities))
    if path.is_dir():
        files = sorted(file.name for file in path.iterdir() if not file.name.startswith("."))
        found = f", it has {', '.join(files[:3])}{' ...' if len(files) > 3 else ''}" if files else ""
        msg = f"expected image files named after {names} in {path}, or DICOM files, found none"
        raise UsageError(f"{msg}{found}; rename them")
    if modality is None and len(modalities) > 1:
        msg = "the model reads several modalities; say what the image shows with --modality"
        raise UsageError(f"{msg}, one of {names}")
    return {modality or next(iter(modalities)): path}


def _series(path: Path, modalities: Collection[str], modality: str | None) -> dict[str, ImageFile]:
    """The series of the one study; no name, id or path of it is ever told, only what kinds of images it has."""
    drafts = list(DicomSource(path, keep_paths=True).drafts())  # only reasons are told, and they name no path
    studies = [draft for draft in drafts if isinstance(draft, Draft)]
    refused = [draft for draft in drafts if isinstance(draft, Rejected)]
    if not studies:
        msg = f"expected images in the DICOM files, found none that can be read: {refused[0].reason}"
        raise SourceError(msg, remedy=refused[0].remedy)
    if len(studies) > 1:
        raise UsageError(f"expected DICOM files of one study, found {len(studies)} studies; point at the folder of one")
    try:
        matched = match_series(studies[0].images, modalities, modality=modality)
    except UsageError as error:
        reasons = ", ".join(dict.fromkeys(rejected.reason for rejected in refused))
        raise UsageError(f"{error}. Refused: {reasons}" if refused else str(error)) from error
    return {name: studies[0].images[series] for name, series in matched.items()}


def _written(images: dict[str, ImageFile], folder: Path) -> dict[str, InputFile]:
    files = {}
    for number, (name, image) in enumerate(images.items()):
        assert isinstance(image.origin, Encoded)  # as all that `DicomSource` makes
        path = folder / f"{number}{image.origin.suffix}"
        path.write_bytes(image.origin.data)
        stated = _input_file(path)
        known = stated if image.spacing is None else InputFile(path, image.spacing, image.unit)
        files[name] = replace(known, series=image.files)
    return files


def _input_file(path: Path) -> InputFile:
    header = read_header(path)
    return InputFile(path, header.spacing, header.unit)
