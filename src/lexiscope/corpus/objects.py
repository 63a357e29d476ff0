"""`objects/`: image files by content hash, bytes unchanged, so that any viewer opens them."""

import hashlib
import threading
from pathlib import Path

from lexiscope.core.errors import CorpusError
from lexiscope.core.files import sha256_file
from lexiscope.core.image import Image
from lexiscope.core.owned import require_own
from lexiscope.sources.steady import FileState, changed, chunks_of, open_input

# The bytes alone decide a file's name, so the same content never lies there twice under two names.
_SUFFIXES = {"jpeg": (".jpg",), "nifti": (".nii.gz", ".nii"), "tiff": (".tif",)}
_GZIP = b"\x1f\x8b"


def find_object(folder: Path, image: Image) -> Path:
    """The file of an image: in `folder`, or where the corpus references it.

    Raises:
        CorpusError: the file is gone.
    """
    if image.path is not None and Path(image.path).is_file():
        return Path(image.path)
    for suffix in _suffixes(image.format):
        path = _place(folder, image.content, suffix)
        if path.is_file():
            return path
    if image.path is not None:
        msg = (
            f"{image.modality} is referenced at {image.path}, which is gone; put it back, or build again without --link"
        )
        raise CorpusError(msg)
    msg = f"the file of {image.modality} {image.content[:12]} is missing from {folder}; build again to restore it"
    raise CorpusError(msg)


def checked_object(folder: Path, image: Image) -> Path:
    """The file of an image, as `find_object`, once its bytes are sure to be those that were stored.

    Raises:
        CorpusError: the file is gone, or holds other bytes.
    """
    path = find_object(folder, image)
    require_content(path, image)
    return path


def require_content(path: Path, image: Image) -> None:
    """Refuse a file that holds other bytes than the image that it is taken for.

    Args:
        path: File of the image.
        image: The image, with the SHA-256 of its bytes.

    Raises:
        CorpusError: it was changed or cannot be read.
    """
    try:
        content = sha256_file(path)
    except OSError as error:
        raise CorpusError(f"the file of {image.modality} at {path} cannot be read ({error}); put it back") from error
    if content != image.content:
        msg = f"the file of {image.modality} at {path} must have SHA-256 {image.content[:12]}..., got {content[:12]}..."
        raise CorpusError(f"{msg}: it was changed or damaged; build again to restore it, see lexiscope corpus verify")


def keep_object(folder: Path, origin: Path, *, content: str, image_format: str) -> None:
    """Copy a file into `folder` under its content hash, whole or not at all; nothing to do when it is there unchanged.

    Not flushed to the disk file by file, which would cost 5 ms each. A killed process loses nothing by that; after a
    power cut the next build sees a file of other bytes and writes it again.

    Raises:
        SourceError: the file changed since it was hashed, or is gone.
    """
    path = _place(folder, content, _suffix_of(origin, image_format))
    if path.is_file() and path.stat().st_size == FileState.of(origin).size and sha256_file(path) == content:
        return
    require_own(folder, path.parent.name).mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{threading.get_ident()}.part")
    try:
        if _copy_and_hash(origin, part) != content:
            raise changed(origin)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def remove_leftovers(corpus: Path) -> None:
    """Remove the half-written files that a killed build left behind. Only for the holder of the corpus's lock."""
    for part in corpus.glob("objects/*/.*.part"):
        part.unlink(missing_ok=True)


def _suffix_of(origin: Path, image_format: str) -> str:
    suffixes = _suffixes(image_format)
    if len(suffixes) == 1:
        return suffixes[0]
    with open_input(origin) as stream:
        return suffixes[0] if stream.read(2) == _GZIP else suffixes[1]


def _suffixes(image_format: str) -> tuple[str, ...]:
    return _SUFFIXES.get(image_format, (f".{image_format}",))


def _place(folder: Path, content: str, suffix: str) -> Path:
    return folder / content[:2] / f"{content}{suffix}"


def _copy_and_hash(origin: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as writer:
        for chunk in chunks_of(origin):
            digest.update(chunk)
            writer.write(chunk)
    return digest.hexdigest()
