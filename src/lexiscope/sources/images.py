"""`images`: a folder of image files; one case a file, with the text beside it when there is one."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.passage import Passage
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import IMAGE_SUFFIXES

_MAX_TEXT = 1 << 20  # bytes of a caption


@dataclass(frozen=True, slots=True)
class ImagesSource:
    """One case an image file of a folder and the folders below; `x.txt` beside `x.png` is its caption.

    Args:
        path: A folder.
        licence: The licence of all of them.
    """

    name: ClassVar[str] = "images"

    path: Path
    licence: str = field(default="unknown", kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """A folder with at least one image file in it or below."""
        return path.is_dir() and next(_images(path), None) is not None

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a file, by path; the group is the folder, or the case itself for files at the top.

        Raises:
            UsageError: there is no image file.
        """
        if not self.detect(self.path):
            raise UsageError(
                f"expected image files ({', '.join(IMAGE_SUFFIXES)}) in the folder {self.path}, found none"
            )
        return self._drafts()

    def _drafts(self) -> Iterator[Draft | Rejected]:
        for name, case_id in _images(self.path):
            try:
                yield self._draft(name, case_id)
            except SourceError as error:
                yield Rejected(str(self.path / name), str(error), error.remedy)

    def _draft(self, name: str, case_id: str) -> Draft:
        caption = _text_beside(self.path, f"{_stem(name)}.txt")
        return Draft(
            id=case_id,
            group=name.rpartition("/")[0] or case_id,
            provenance=Provenance(source=self.name, licence=self.licence, locator={"file": name}),
            images={"image": ImageFile(inside(self.path, name))},
            texts=(Passage("caption", caption),) if caption else (),
        )


def _images(root: Path) -> Iterator[tuple[str, str]]:
    """Paths relative to `root` and ids, in a stable order; links to folders and hidden files are left out.

    The id is the path without its suffix, which stays where `a.png` and `a.tif` would share one.
    """
    for place, folders, names in os.walk(root):
        folders[:] = sorted(folder for folder in folders if not folder.startswith((".", "__")))
        here = Path(place).relative_to(root)
        images = sorted(name for name in names if name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith("."))
        stems = Counter(map(_stem, images))
        for name in images:
            own = _stem(name) if stems[_stem(name)] == 1 else name
            yield (here / name).as_posix(), (here / own).as_posix()


def _stem(name: str) -> str:
    suffix = max((suffix for suffix in IMAGE_SUFFIXES if name.lower().endswith(suffix)), key=len)
    return name[: -len(suffix)]


def _text_beside(root: Path, name: str) -> str:
    if not (root / name).exists():
        return ""
    path = inside(root, name)
    if path.stat().st_size > _MAX_TEXT:
        raise SourceError(f"{name} is longer than {_MAX_TEXT:,} bytes, too long for a caption", remedy="shorten it")
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return data.decode("latin-1").strip()
