"""`show_upload`: the images of an upload in the gallery; those of DICOM files as a corpus would keep them."""

import logging
from pathlib import Path

from lexiscope.core.errors import LexiscopeError
from lexiscope.core.files import sha256_file
from lexiscope.core.image import Image
from lexiscope.serve.gallery import Gallery
from lexiscope.serve.uploads import Upload
from lexiscope.sources.draft import Draft, Encoded, ImageFile
from lexiscope.sources.pixels import read_header

_logger = logging.getLogger(__name__)


def show_upload(upload: Upload, gallery: Gallery, folder: Path) -> dict[str, str]:
    """Show the images of an upload.

    What cannot be read is left out: the task that is asked about it says why.

    Args:
        upload: The upload.
        gallery: Where they are shown.
        folder: Folder for images that are made of DICOM files; gone when the upload is.

    Returns:
        What each image shows -> its content hash.
    """
    if upload.kind != "dicom":
        files = [upload.path] if upload.path.is_file() else sorted(upload.path.iterdir())
        return {file.name.split(".")[0]: gallery.show(file) for file in files}
    try:
        return {name: _shown(name, file, gallery, folder) for name, file in _images_of_dicom(upload.path).items()}
    except LexiscopeError as error:
        _logger.info("an upload of DICOM files cannot be shown: %s", type(error).__name__)
        return {}


def _images_of_dicom(path: Path) -> dict[str, ImageFile]:
    from lexiscope.sources.scans.dicom import DicomSource  # pydicom takes a fifth of a second

    drafts = (item for item in DicomSource(path).drafts() if isinstance(item, Draft))
    study = next(drafts, None)
    return {} if study is None else dict(study.images)


def _shown(name: str, file: ImageFile, gallery: Gallery, folder: Path) -> str:
    path = file.origin
    if isinstance(path, Encoded):
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f"{len(list(folder.iterdir()))}{path.suffix}"
        made.write_bytes(path.data)
        path = made
    header = read_header(path)
    spacing, unit = (header.spacing, header.unit) if file.spacing is None else (file.spacing, file.unit)
    known = Image(sha256_file(path), name, header.format, header.shape, header.channels, header.bits, spacing, unit)
    return gallery.show(path, known=known)
