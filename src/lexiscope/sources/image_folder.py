"""Image files of a folder and the folders below, their ids and the texts beside them."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.core.passage import Passage
from lexiscope.sources.draft import ImageFile, Rejected
from lexiscope.sources.formats.annotations import annotations_in
from lexiscope.sources.formats.known import known_format
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import IMAGE_SUFFIXES, read_header
from lexiscope.sources.sidecars import Sidecar, is_settings, sidecar_beside, text_of
from lexiscope.sources.steady import read_input
from lexiscope.sources.text_encoding import encoding_of

_LABEL = r"(?:masks?|seg(?:mentation)?|labels?|gt|ground_?truth|anno(?:tation)?s?|manual)"
_MASK_OF = re.compile(rf"(?P<picture>.+)[_-]{_LABEL}(?:[_-]?\d+)?|{_LABEL}[_-](?P<other>.+)", re.IGNORECASE)
_MASK_FOLDER = re.compile(
    rf"(?:.*[_ -])?(?:{_LABEL}|segs|gts|ground[ -]?truths?|segmentations)(?:[_ -]images?)?"
    r"|segmentation(?:class|object)\w*|gt(?:fine|coarse)",
    re.IGNORECASE,
)
_MASKS_BELONG = (
    "put the pictures into images/ and their masks under the same names into labels/, or name both in a table"
)
_MAX_TEXT = 1 << 20  # bytes of a caption


def image_files(root: Path, suffixes: tuple[str, ...] = IMAGE_SUFFIXES) -> Iterator[tuple[str, str]]:
    """Paths relative to `root` and ids, in a stable order; without links to folders, hidden files or folders of chunks.

    The id is the path without its suffix, which stays where `a.png` and `a.tif` would share one.
    """
    for directory, folders, names in os.walk(root):
        folders[:] = sorted(folder for folder in folders if is_entered(folder))
        here = Path(directory).relative_to(root)
        images = sorted(name for name in names if name.lower().endswith(suffixes) and not name.startswith("."))
        stems = Counter(stem_of(name, suffixes) for name in images)
        for name in images:
            stem = stem_of(name, suffixes)
            name_or_stem = stem if stems[stem] == 1 else name
            yield (here / name).as_posix(), (here / name_or_stem).as_posix()


def stem_of(name: str, suffixes: tuple[str, ...] = IMAGE_SUFFIXES) -> str:
    """A file's name without its suffix, which files of one picture in several formats share."""
    suffix = max((suffix for suffix in suffixes if name.lower().endswith(suffix)), key=len)
    return name[: -len(suffix)]


def is_entered(folder: str) -> bool:
    """True for a folder of files: neither hidden nor a file format of its own, such as `cells.zarr`.

    Example:
        >>> is_entered("batch1"), is_entered(".git"), is_entered("cells.zarr")
        (True, False, False)
    """
    return not folder.startswith((".", "__")) and known_format(folder) is None


def has_pictures(root: Path, suffixes: tuple[str, ...] = IMAGE_SUFFIXES) -> bool:
    """True when some image lies in no folder that is called like one of masks."""
    return any(_folder_of_masks(name) is None for name, _ in image_files(root, suffixes))


def refused_mask(
    root: Path, name: str, suffixes: tuple[str, ...] = IMAGE_SUFFIXES, *, among_pictures: bool = False
) -> Rejected | None:
    """The rejection of a file that is called like a mask of a picture beside it (`a_mask.png` of `a.png`), else None.

    Taken for a picture it would be a case of its own, in another group than its picture.

    Args:
        among_pictures: Refuse what lies in a folder of masks, too, as there are pictures in others.
    """
    folder = _folder_of_masks(name) if among_pictures else None
    if folder is not None:
        reason = f"lies in {folder}, a folder called like one of masks, and this source reads pictures alone"
        return Rejected(str(root / name), reason, _MASKS_BELONG)
    match = _MASK_OF.fullmatch(stem_of(name, suffixes))
    beside = (f"{match['picture'] or match['other']}{suffix}" for suffix in suffixes) if match else ()
    picture = next((other for other in beside if (root / other).is_file()), None)
    if picture is None:
        return None
    reason = f"is called like a mask of {Path(picture).name} beside it, and this source reads pictures alone"
    return Rejected(str(root / name), reason, _MASKS_BELONG)


def _folder_of_masks(name: str) -> str | None:
    """The folder of a file that is called like one of masks, such as `masks`, `train_labels`, `SegmentationClass`."""
    return next((folder for folder in name.split("/")[:-1] if _MASK_FOLDER.fullmatch(folder)), None)


def caption_beside(
    root: Path, name: str, suffixes: tuple[str, ...] = IMAGE_SUFFIXES
) -> tuple[tuple[Passage, ...], tuple[str, ...]]:
    """The text of `x.txt` beside `x.png` as a caption, and what of its encoding was guessed.

    There is none without that file, and none where it holds a microscope's settings or annotations.

    Raises:
        SourceError: it is too long for a caption, of an unknown encoding, or cannot be read.
    """
    name = f"{stem_of(name, suffixes)}.txt"
    if not (root / name).exists():
        return (), ()
    try:
        path = inside(root, name)
        if is_settings(text_of(path, most=_MAX_TEXT)) or annotations_in(path):
            return (), ()
        data = read_input(path)
        encoding = encoding_of(data)
    except SourceError as error:
        raise SourceError(f"its caption cannot be taken: {error}", remedy=error.remedy) from error
    text = encoding.decode(data).strip()
    return ((Passage("caption", text),), encoding.guessed) if text else ((), ())


def settings_beside(
    root: Path, name: str, suffixes: tuple[str, ...] = IMAGE_SUFFIXES
) -> tuple[Sidecar | None, tuple[str, ...]]:
    """Settings of the microscope beside an image, and the step that says so; None when there are none."""
    sidecar = sidecar_beside(root, name, stem_of(name, suffixes))
    if sidecar is None:
        return None, ()
    maker = f" of {sidecar.maker}" if sidecar.maker else ""
    return sidecar, (f"{sidecar.file.name} beside it holds a microscope's settings{maker}, no caption",)


def with_pixel_size(path: Path, sidecar: Sidecar | None) -> tuple[ImageFile, tuple[str, ...]]:
    """An image with the pixel size that a sidecar states, where the file states none and has the sidecar's size.

    A size that belongs to a picture of other rows and columns is left out, which the step says.
    """
    if sidecar is None or sidecar.pixel is None:
        return ImageFile(path), ()
    try:
        header = read_header(path)
    except SourceError:
        return ImageFile(path), ()  # the build says what is wrong with it
    if header.spacing is not None:
        return ImageFile(path), ()
    if len(header.shape) == 2 and sidecar.size in (None, header.shape):
        return ImageFile(path, sidecar.pixel, "nm"), ()
    return ImageFile(path), (f"{sidecar.file.name} states the pixels of a picture of another size: they were left out",)
