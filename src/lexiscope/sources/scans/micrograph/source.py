"""`MicrographSource`: a folder of micrographs -> one case a file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from lexiscope.core.case import Provenance, Scalar
from lexiscope.core.errors import MissingExtraError, SourceError, UsageError
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.image_folder import (
    caption_beside,
    has_pictures,
    image_files,
    refused_mask,
    settings_beside,
    stem_of,
    with_pixel_size,
)
from lexiscope.sources.naming import slug, unused
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import IMAGE_SUFFIXES
from lexiscope.sources.scans.micrograph.image import MicrographImage
from lexiscope.sources.scans.micrograph.mrc import read_mrc
from lexiscope.sources.scans.micrograph.tiff_images import tiff_images
from lexiscope.sources.scans.micrograph.vendor import VENDOR_SUFFIXES, read_vendor
from lexiscope.sources.sidecars import Sidecar
from lexiscope.sources.steady import steady
from lexiscope.sources.unread import with_unread

_MRC = (".mrc", ".mrcs", ".st", ".ali")
_TIFF = (".tif", ".tiff", ".btf")
_OF_MICROSCOPES = (*VENDOR_SUFFIXES, *_MRC)
_SUFFIXES = (*IMAGE_SUFFIXES, *_OF_MICROSCOPES)


@dataclass(frozen=True, slots=True)
class MicrographSource:
    """One case a file: DM3, DM4, EMD, MRC, SER, BCF, TIFF and other pictures; `x.txt` beside `x.dm3` is its caption.

    A file with one image gives the modality `image`; a file with several gives one modality each, named after its
    title. Vendors' images and those of a file with several are kept as PNG or TIFF, all others unchanged. Spectra,
    series, diffraction stacks and complex values are refused. Settings that the microscope wrote beside its picture
    give the size of a pixel, and are no caption.

    Args:
        path: Folder of micrographs.
        licence: Licence of cases that state none.
    """

    name: ClassVar[str] = "micrograph"

    path: Path
    licence: str = field(default="unknown", kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """A folder with at least one file of a vendor's format in it or below."""
        return path.is_dir() and next(image_files(path, _OF_MICROSCOPES), None) is not None

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a file, by path; the group is the folder, or the case itself for files at the top.

        Raises:
            UsageError: there is no micrograph.
        """
        if not self.path.is_dir() or next(image_files(self.path, _SUFFIXES), None) is None:
            raise UsageError(f"expected micrographs ({', '.join(_SUFFIXES)}) in the folder {self.path}, found none")
        return with_unread(self._drafts(), self.path, reader=self.name)

    def _drafts(self) -> Iterator[Draft | Rejected]:
        among_pictures = has_pictures(self.path, _SUFFIXES)
        for name, case_id in image_files(self.path, _SUFFIXES):
            if mask := refused_mask(self.path, name, _SUFFIXES, among_pictures=among_pictures):
                yield mask
                continue
            try:
                yield from self._of_file(name, case_id)
            except SourceError as error:
                yield Rejected(str(self.path / name), str(error), error.remedy)
            except MissingExtraError as error:
                remedy = "pip install 'lexiscope[micrograph]' (rosettasciio, GPL-3), or convert it to TIFF"
                yield Rejected(str(self.path / name), str(error), remedy)

    def _of_file(self, name: str, case_id: str) -> Iterator[Draft | Rejected]:
        path = inside(self.path, name)
        sidecar, steps = settings_beside(self.path, name, _SUFFIXES)
        with steady(path):
            read = list(_read(path))
        if not read and not name.lower().endswith(_OF_MICROSCOPES):
            image, doubts = with_pixel_size(path, sidecar)
            only = MicrographImage("", image, steps + doubts, sidecar.attributes if sidecar else {})
            yield self._draft(name, case_id, [only], sidecar)
            return
        for error in read:
            if isinstance(error, SourceError):
                yield Rejected(str(path), str(error), error.remedy)
        images = [image for image in read if isinstance(image, MicrographImage)]
        if images:
            yield self._draft(name, case_id, images, sidecar, several=len(read) > 1)
        elif not read:
            yield Rejected(str(path), "the file holds no image", "export the image again")

    def _draft(
        self,
        name: str,
        case_id: str,
        read: list[MicrographImage],
        sidecar: Sidecar | None,
        *,
        several: bool = False,
    ) -> Draft:
        texts, guessed = caption_beside(self.path, name, _SUFFIXES)
        images: dict[str, ImageFile] = {}
        steps = [] if read[0].file.origin == inside(self.path, name) else [_how(name, several=several)]
        attributes: dict[str, Scalar] = {}
        for image in read:
            modality = unused(slug(image.title, default="image") if several else "image", images)
            images[modality] = image.file
            steps += [f"{modality}: {step}" for step in image.steps] if several else image.steps
            attributes |= image.attributes
        steps += guessed
        return Draft(
            id=case_id,
            group=name.rpartition("/")[0] or stem_of(name, _SUFFIXES),
            provenance=Provenance(source=self.name, licence=self.licence, locator={"file": name}, steps=tuple(steps)),
            images=images,
            texts=texts,
            attributes=attributes,
            files=(self.path / name, *((sidecar.file,) if sidecar else ())),
        )


def _read(path: Path) -> Iterator[MicrographImage | SourceError]:
    """Images of a vendor's file, and those of a TIFF that holds several; nothing for a plain picture."""
    if path.name.lower().endswith(_MRC):
        yield read_mrc(path)
    elif path.name.lower().endswith(VENDOR_SUFFIXES):
        yield from read_vendor(path)
    elif path.name.lower().endswith(_TIFF):
        yield from tiff_images(path)


def _how(name: str, *, several: bool) -> str:
    kind = name.rpartition(".")[2].upper()
    if name.lower().endswith(VENDOR_SUFFIXES):
        return f"read by rosettasciio from {kind}"
    return f"the images of the {kind} file became modalities" if several else f"read from {kind}"
