"""`Gallery`: the images that a server shows, by content hash: those of its corpus, and files that it was given."""

import json
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from lexiscope.core.files import sha256_file
from lexiscope.core.image import Image
from lexiscope.core.memory import free_bytes
from lexiscope.corpus import Corpus
from lexiscope.serve.contents import Contents
from lexiscope.serve.kept import Kept
from lexiscope.serve.pictures.about import about_file
from lexiscope.serve.pictures.decoded import Decoded, decode
from lexiscope.serve.pictures.disk import Disk
from lexiscope.serve.pictures.memory import Memory
from lexiscope.serve.pictures.shown_file import ShownFile
from lexiscope.serve.pictures.thumbnail import thumbnail_file
from lexiscope.serve.pictures.tiles import Pyramid, pyramid_of
from lexiscope.serve.pictures.volume import DisplayVolume, display_volume
from lexiscope.serve.problems import NotFoundError

_MOST_BYTES = 1 << 30  # decoded images that are kept; the largest that is read takes twice as much and is kept alone
_SHARE = 8  # at most this part of what is free when the server starts
_MOST_GIVEN = 4096  # files beside the corpus


class Gallery:
    """Pictures of images; made once, kept on disk where they are small and in memory where they are asked for again.

    Args:
        corpus: Corpus whose images and masks are shown.
        folder: Folder of the server's own for what is made.

    Attributes:
        folder: The same.
    """

    def __init__(self, corpus: Corpus | None, folder: Path) -> None:
        self.folder = folder
        most_bytes = min(_MOST_BYTES, free_bytes() // _SHARE)
        self._corpus = corpus
        self._contents = Kept(Contents)
        self._disk = Disk(folder)
        self._given: OrderedDict[str, ShownFile] = OrderedDict()
        self._lock = threading.Lock()
        self._decoded: Memory[Decoded] = Memory(most_bytes=most_bytes)
        self._pyramids: Memory[Pyramid] = Memory(most_bytes=most_bytes // 2)

    def reopen(self, corpus: Corpus) -> None:
        """Show the images of a corpus as it is now, in place of those that it had."""
        self._corpus = corpus

    def show(self, path: Path, *, known: Image | None = None) -> str:
        """Show a file beside the corpus, such as an upload or a mask that a task wrote; its content hash.

        Args:
            path: The file.
            known: What is known of it besides what it says itself.
        """
        content = sha256_file(path)
        with self._lock:
            self._given[content] = ShownFile(content, path, known)
            self._given.move_to_end(content)
            while len(self._given) > _MOST_GIVEN:
                self._given.popitem(last=False)
        return content

    def find(self, content: str) -> ShownFile:
        """The file of a content hash.

        Raises:
            NotFoundError: neither the corpus nor anything given has it.
            CorpusError: the corpus names it and its file is gone.
        """
        corpus = self._corpus
        image = None if corpus is None else self._contents.of(corpus).find(content)
        if image is not None and corpus is not None:
            return ShownFile(content, corpus.object_path(image), image)
        with self._lock:
            given = self._given.get(content)
        if given is None or not given.path.is_file():
            msg = f"expected the content hash of an image of this corpus, got {content[:80]}"
            raise NotFoundError(f"{msg}; take it from its case")
        return given

    def decoded(self, content: str) -> Decoded:
        """An image, decoded.

        Raises:
            NotFoundError: no such image.
            SourceError: it is damaged or too large.
        """
        shown = self.find(content)
        return self._decoded.get(
            (content, shown.mark),
            lambda: decode(shown.path, known=shown.known),
            size=lambda image: image.values.nbytes,
        )

    def pyramid(self, content: str) -> tuple[Decoded, Pyramid]:
        """A picture and its smaller levels.

        Raises:
            UsageError: it is a volume.
        """
        image = self.decoded(content)
        made = self._pyramids.get(content, lambda: pyramid_of(image), size=lambda one: one.extra_bytes)
        return image, made

    def thumbnail(self, content: str, *, size: int) -> Path:
        """A PNG file of an image.

        Raises:
            UsageError: a size that no picture is made in.
        """
        shown = self.find(content)
        return thumbnail_file(self._disk, shown, lambda: self._for_thumbnail(shown, size), size=size)

    def about(self, content: str) -> dict[str, Any]:
        """Facts about an image, see `pictures.about`."""
        made = about_file(self._disk, self.find(content), lambda: self.decoded(content))
        facts: dict[str, Any] = json.loads(made.read_bytes())
        return facts

    def volume(self, content: str, *, limit_mb: int) -> DisplayVolume:
        """A volume as NIfTI for a viewer, see `pictures.volume`."""
        shown = self.find(content)
        return display_volume(shown.path, content=content, disk=self._disk, known=shown.known, limit_mb=limit_mb)

    def _for_thumbnail(self, shown: ShownFile, size: int) -> Decoded:
        """A picture, decoded for this alone; a volume, whose slices and facts are asked for next, is kept."""
        if shown.known is None or shown.known.is_volume:
            return self.decoded(shown.content)
        return decode(shown.path, known=shown.known, at_least=size)
