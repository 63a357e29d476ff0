"""`images`: a folder of image files; one case a file, with the text beside it when there is one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Draft, Rejected
from lexiscope.sources.image_folder import (
    caption_beside,
    has_pictures,
    image_files,
    refused_mask,
    settings_beside,
    stem_of,
    with_pixel_size,
)
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import IMAGE_SUFFIXES
from lexiscope.sources.unread import with_unread


@dataclass(frozen=True, slots=True)
class ImagesSource:
    """One case an image file of a folder and the folders below; `x.txt` beside `x.png` is its caption.

    Args:
        path: Folder of image files.
        licence: Licence of cases that state none.
    """

    name: ClassVar[str] = "images"

    path: Path
    licence: str = field(default="unknown", kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """A folder with at least one image file in it or below."""
        return path.is_dir() and next(image_files(path), None) is not None

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a file, by path; the group is the folder, or the case itself for files at the top.

        Raises:
            UsageError: there is no image file.
        """
        if not self.detect(self.path):
            raise UsageError(
                f"expected image files ({', '.join(IMAGE_SUFFIXES)}) in the folder {self.path}, found none"
            )
        return with_unread(self._drafts(), self.path, reader=self.name)

    def _drafts(self) -> Iterator[Draft | Rejected]:
        among_pictures = has_pictures(self.path)
        for name, case_id in image_files(self.path):
            if mask := refused_mask(self.path, name, among_pictures=among_pictures):
                yield mask
                continue
            try:
                yield self._draft(name, case_id)
            except SourceError as error:
                yield Rejected(str(self.path / name), str(error), error.remedy)

    def _draft(self, name: str, case_id: str) -> Draft:
        texts, guessed = caption_beside(self.path, name)
        sidecar, steps = settings_beside(self.path, name)
        image, doubts = with_pixel_size(inside(self.path, name), sidecar)
        return Draft(
            id=case_id,
            group=name.rpartition("/")[0] or stem_of(name),
            provenance=Provenance(
                source=self.name, licence=self.licence, locator={"file": name}, steps=steps + doubts + guessed
            ),
            images={"image": image},
            texts=texts,
            attributes=sidecar.attributes if sidecar else {},
            files=(sidecar.file,) if sidecar else (),
        )
