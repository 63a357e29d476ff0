"""`Uploads`: files that visitors ask about. They lie in a folder of the server's own under names of its own making."""

import lzma
import re
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import IO, BinaryIO, Literal

from lexiscope.core.errors import SourceError
from lexiscope.core.plain import one_line
from lexiscope.serve.problems import GoneError, NotFoundError, TooLargeError

Kind = Literal["image", "folder", "dicom"]
_CHUNK = 1 << 20
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)  # what unpacking an archive may raise
_MEMBERS = 20_000  # of an archive
_ID = re.compile(r"[0-9a-f]{8}-[\w-]{16}")
_KEPT = 64  # uploads; the oldest goes
_KEPT_TIMES = 4  # the bytes of the largest upload, of all of them together
_MODALITY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SUFFIXES = (
    ".nii.gz",
    ".nii",
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
    ".bmp",
    ".gif",
    ".webp",
    ".mrc",
    ".dcm",
    ".npy",
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One file of an upload as it arrives.

    Args:
        name: As the visitor's machine calls it: told back as text, never a path.
        data: Its bytes.
        modality: What it shows, where the visitor says so.
    """

    name: str
    data: BinaryIO
    modality: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """Files that belong together, kept until newer uploads take their place.

    Args:
        id: Name that requests give it.
        path: What a task reads: an image file, a folder of images named after their modality, or of DICOM files.
        kind: What it is.
        names: Names as they came, for people.
        images: What each image shows -> its content hash, once they are shown.
    """

    id: str
    path: Path
    kind: Kind
    names: tuple[str, ...]
    images: Mapping[str, str] = field(default_factory=dict)


class Uploads:
    """The uploads of a server.

    Args:
        folder: Folder of its own.
        most: Bytes of one upload, packed and unpacked.
    """

    def __init__(self, folder: Path, *, most: int) -> None:
        self._folder = folder
        self._most = most
        self._mark = secrets.token_hex(4)  # of the uploads to this server, not to one that ran before it
        self._lock = Lock()
        self._kept: dict[str, Upload] = {}
        self._sizes: dict[str, int] = {}

    def keep(self, files: Iterable[Arrived]) -> Upload:
        """Write the files of one upload.

        Raises:
            TooLargeError: more than the server takes.
            SourceError: nothing, or an archive that cannot be unpacked.
        """
        arrived = list(files)
        if not arrived:
            raise SourceError("expected a file, got none", remedy="send it as the multipart field file")
        upload_id = f"{self._mark}-{secrets.token_urlsafe(12)}"
        folder = self._folder / upload_id
        folder.mkdir(parents=True)
        try:
            path, kind = self._written(arrived, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        upload = Upload(upload_id, path, kind, tuple(one_line(one.name)[:200] for one in arrived))
        self._add(upload, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()))
        return upload

    def find(self, upload_id: str) -> Upload:
        """An upload by its id.

        Raises:
            NotFoundError: no such upload.
            GoneError: one that newer ones have taken the place of, or one to a server that ran before this one.
        """
        kept = self._kept.get(upload_id)
        if kept is not None:
            return kept
        if not _ID.fullmatch(upload_id):
            raise NotFoundError(f"expected the id of an upload, got {upload_id[:200]}; upload the file again")
        is_ours = upload_id.startswith(f"{self._mark}-")
        why = "newer ones took its place" if is_ours else "it ended with the server that it was sent to"
        raise GoneError(f"expected an upload that is still here, got {upload_id}: {why}; upload the files again")

    def show(self, upload_id: str, images: Mapping[str, str]) -> Upload:
        """Note what the images of an upload show, and by which content hash they are shown.

        Raises:
            GoneError: newer uploads took its place meanwhile.
        """
        with self._lock:
            shown = replace(self.find(upload_id), images=dict(images))
            self._kept[upload_id] = shown
        return shown

    def shown_folder(self, upload_id: str) -> Path:
        """Folder for pictures made of an upload; gone when the upload is."""
        return self._folder / f"{upload_id}-shown"

    def forget(self, upload_id: str) -> None:
        """Let go of an upload and its files; one that is gone already stays so."""
        with self._lock:
            known = self._kept.pop(upload_id, None) is not None
            self._sizes.pop(upload_id, None)
        if known:
            self._remove(upload_id)

    def _written(self, arrived: list[Arrived], folder: Path) -> tuple[Path, Kind]:
        left = self._most
        files = []
        for number, one in enumerate(arrived):
            named = one.modality if one.modality and _MODALITY.fullmatch(one.modality) else f"file{number}"
            path = folder / f"{named}{_suffix(one.name)}"
            left -= self._copy(one.data, path, left)
            files.append(path)
        if len(files) > 1:
            return folder, "dicom" if all(map(_is_dicom, files)) else "folder"
        if zipfile.is_zipfile(files[0]):
            return self._unpacked(files[0], folder / "unpacked"), "dicom"
        return files[0], "dicom" if _is_dicom(files[0]) else "image"

    def _unpacked(self, archive: Path, folder: Path) -> Path:
        folder.mkdir()
        try:
            with zipfile.ZipFile(archive) as packed:
                members = [one for one in packed.infolist() if not one.is_dir()]
                if len(members) > _MEMBERS:
                    raise TooLargeError(
                        f"expected at most {_MEMBERS} files in an archive, got {len(members)}; send less"
                    )
                left = self._most
                for number, member in enumerate(members):
                    with packed.open(member) as data:
                        left -= self._copy(data, folder / f"{number:06d}.dcm", left)
        except _BROKEN as error:
            msg = f"expected a zip archive of DICOM files, got one that cannot be unpacked: {error}"
            raise SourceError(msg, remedy="pack the folder again, without a password") from error
        archive.unlink()
        return folder

    def _copy(self, data: IO[bytes], path: Path, most: int) -> int:
        copied = 0
        with path.open("wb") as file:
            while chunk := data.read(_CHUNK):
                copied += len(chunk)
                if copied > most:
                    raise TooLargeError(
                        f"expected at most {self._most >> 20} MiB, got more; send less, or fewer slices"
                    )
                file.write(chunk)
        return copied

    def _add(self, upload: Upload, size: int) -> None:
        with self._lock:
            self._kept[upload.id] = upload
            self._sizes[upload.id] = size
            gone = []
            while len(self._kept) > 1 and self._is_full():
                gone.append(next(iter(self._kept)))
                del self._kept[gone[-1]], self._sizes[gone[-1]]
        for upload_id in gone:
            self._remove(upload_id)

    def _remove(self, upload_id: str) -> None:
        shutil.rmtree(self._folder / upload_id, ignore_errors=True)
        shutil.rmtree(self.shown_folder(upload_id), ignore_errors=True)

    def _is_full(self) -> bool:
        return len(self._kept) > _KEPT or sum(self._sizes.values()) > _KEPT_TIMES * self._most


def _suffix(name: str) -> str:
    """The ending that tells the readers of a format; none where it is not one that images have."""
    plain = PurePosixPath(name.replace("\\", "/")).name.lower()
    return next((suffix for suffix in _SUFFIXES if plain.endswith(suffix)), "")


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"
