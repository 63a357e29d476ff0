"""`MicrographSource`: a folder of micrographs -> one case a file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from lexiscope.core.case import Provenance, Scalar
from lexiscope.core.errors import MissingExtraError, SourceError, UsageError
from lexiscope.core.passage import Passage
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.image_folder import caption_beside, image_files
from lexiscope.sources.naming import slug, unused
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import IMAGE_SUFFIXES
from lexiscope.sources.scans.micrograph.vendor import VENDOR_SUFFIXES, VendorImage, read_vendor
from lexiscope.sources.unread import with_unread

_SUFFIXES = (*IMAGE_SUFFIXES, *VENDOR_SUFFIXES)


@dataclass(frozen=True, slots=True)
class MicrographSource:
    """One case a file: DM3, DM4, EMD, MRC, SER, BCF, TIFF and other pictures; `x.txt` beside `x.dm3` is its caption.

    A file with one image gives the modality `image`; a file with several gives one modality each, named after its
    title. Vendors' images are kept as PNG or TIFF, all others unchanged. Spectra, series, diffraction stacks and
    complex values are refused.

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
        return path.is_dir() and next(image_files(path, VENDOR_SUFFIXES), None) is not None

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a file, by path; the group is the folder, or the case itself for files at the top.

        Raises:
            UsageError: there is no micrograph.
        """
        if not self.path.is_dir() or next(image_files(self.path, _SUFFIXES), None) is None:
            raise UsageError(f"expected micrographs ({', '.join(_SUFFIXES)}) in the folder {self.path}, found none")
        return with_unread(self._drafts(), self.path, reader=self.name)

    def _drafts(self) -> Iterator[Draft | Rejected]:
        for name, case_id in image_files(self.path, _SUFFIXES):
            try:
                yield from self._of_file(name, case_id)
            except SourceError as error:
                yield Rejected(str(self.path / name), str(error), error.remedy)
            except MissingExtraError as error:
                remedy = "pip install 'lexiscope[micrograph]' (rosettasciio, GPL-3), or convert it to TIFF"
                yield Rejected(str(self.path / name), str(error), remedy)

    def _of_file(self, name: str, case_id: str) -> Iterator[Draft | Rejected]:
        path = inside(self.path, name)
        if not name.lower().endswith(VENDOR_SUFFIXES):
            yield self._draft(name, case_id, {"image": ImageFile(path)}, (), {})
            return
        read = list(read_vendor(path))
        for error in read:
            if isinstance(error, SourceError):
                yield Rejected(str(path), str(error), error.remedy)
        images: dict[str, ImageFile] = {}
        steps = [f"read by rosettasciio from {path.suffix.lower()[1:].upper()}"]
        attributes: dict[str, Scalar] = {}
        for image in (image for image in read if isinstance(image, VendorImage)):
            modality = unused(slug(image.title, default="image") if len(read) > 1 else "image", images)
            images[modality] = image.file
            steps += [f"{modality}: {step}" for step in image.steps]
            attributes |= image.attributes
        if images:
            yield self._draft(name, case_id, images, tuple(steps), attributes)
        elif not read:
            yield Rejected(str(path), "the file holds no image", "export the image again")

    def _draft(
        self,
        name: str,
        case_id: str,
        images: dict[str, ImageFile],
        steps: tuple[str, ...],
        attributes: dict[str, Scalar],
    ) -> Draft:
        caption = caption_beside(self.path, name, _SUFFIXES)
        return Draft(
            id=case_id,
            group=name.rpartition("/")[0] or case_id,
            provenance=Provenance(source=self.name, licence=self.licence, locator={"file": name}, steps=steps),
            images=images,
            texts=(Passage("caption", caption),) if caption else (),
            attributes=attributes,
            files=(self.path / name,),
        )
