"""WebDataset: tar shards in which the files of a case share a name (https://github.com/webdataset/webdataset).

`<case>.json` holds everything the case says, `<case>.txt` its first describing text, and
`<case>.images.<modality>.<suffix>` and `<case>.masks.<structure>.<suffix>` its files; exact in both directions. Shards
of other programs are read as one image, text and facts a name. Nothing is ever unpacked to disk.
"""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import CaseError, SourceError, UsageError
from lexiscope.core.files import new_directory
from lexiscope.core.passage import Passage
from lexiscope.core.progress import Progress
from lexiscope.corpus.exchange.form import ExportReport, Form, draft_of, safe_name, suffix_of
from lexiscope.corpus.store import Corpus
from lexiscope.corpus.wording import DESCRIBING
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.sources.pixels import IMAGE_SUFFIXES

_SHARD = 256 << 20  # bytes
_LARGEST_MEMBER = 1 << 30  # bytes


@dataclass(frozen=True, slots=True)
class WebdatasetSource:
    """Reads a directory of tar shards, or one shard."""

    name: ClassVar[str] = "webdataset"
    path: Path

    @staticmethod
    def detect(path: Path) -> bool:
        """A tar file, or a directory with one."""
        return path.suffix == ".tar" if path.is_file() else any(path.glob("*.tar"))

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft for each name in the shards.

        Raises:
            UsageError: no shard there.
        """
        shards = [self.path] if self.path.is_file() else sorted(self.path.glob("*.tar"))
        if not shards:
            raise UsageError(f"expected tar shards in {self.path}, found none; name the directory that holds them")
        return (item for shard in shards for item in _read_shard(shard))


@dataclass(frozen=True, slots=True)
class _Member:
    key: str
    field: str
    data: bytes


def _read_shard(shard: Path) -> Iterator[Draft | Rejected]:
    members = _members(shard)
    try:
        for key, group in groupby(members, key=lambda item: item.path if isinstance(item, Rejected) else item.key):
            items = list(group)
            yield from (item for item in items if isinstance(item, Rejected))
            fields = {item.field: item.data for item in items if isinstance(item, _Member)}
            if fields:
                yield _draft(shard, key, fields)
    except (tarfile.TarError, OSError, EOFError) as error:
        yield Rejected(str(shard), f"is a damaged or truncated tar file: {error}", "copy or export the shard again")


def _members(shard: Path) -> Iterator[_Member | Rejected]:
    with tarfile.open(shard, mode="r|") as archive:
        for info in archive:
            if info.isdir():
                continue
            member = f"{shard.name}/{info.name}"
            if not info.isreg():
                yield Rejected(member, "is a link or a device, and only files are read", "export the shard again")
            elif info.size > _LARGEST_MEMBER:
                yield Rejected(member, f"has {info.size:,} bytes, more than {_LARGEST_MEMBER:,}", "split the file")
            else:
                stream = archive.extractfile(info)
                folder, _, name = info.name.rpartition("/")
                key, _, field = name.partition(".")
                yield _Member(f"{folder}/{key}" if folder else key, field, stream.read() if stream else b"")


def _draft(shard: Path, key: str, fields: Mapping[str, bytes]) -> Draft | Rejected:
    try:
        record = json.loads(fields.get("json", b"{}"))
        if not isinstance(record, dict):
            raise SourceError(f"expected an object in {key}.json, got {type(record).__name__}")
        if "provenance" in record and "group" in record:
            return draft_of(record, _own_files(fields))
        return _foreign(shard, key, fields, record)
    except (CaseError, SourceError, ValueError, RecursionError) as error:
        return Rejected(f"{shard.name}/{key}", str(error), getattr(error, "remedy", "correct it or leave it out"))


def _own_files(fields: Mapping[str, bytes]) -> dict[tuple[str, str], tuple[bytes, str]]:
    files = {}
    for field, data in fields.items():
        role, _, rest = field.partition(".")
        if role in ("images", "masks"):
            name, _, suffix = rest.partition(".")
            files[role, unquote(name)] = (data, f".{suffix}")
    return files


def _foreign(shard: Path, key: str, fields: Mapping[str, bytes], record: dict[str, Any]) -> Draft:
    images = {}
    known = sorted(IMAGE_SUFFIXES, key=len, reverse=True)  # .nii.gz before anything it ends with
    for field, data in fields.items():
        suffix = next((suffix for suffix in known if f".{field}".lower().endswith(suffix)), None)
        if suffix is not None:
            images[f".{field}"[: -len(suffix)].strip(".") or "image"] = ImageFile(Encoded(data, suffix))
    text = (fields.get("txt") or fields.get("caption") or b"").decode("utf-8", errors="replace").strip()
    return Draft(
        id=key,
        group=key,
        provenance=Provenance("webdataset", locator={"shard": shard.name, "key": key}),
        images=images,
        texts=(Passage("caption", text),) if text else (),
        attributes={name: value for name, value in record.items() if isinstance(value, str | int | float | bool)},
    )


def _write(corpus: Corpus, out: Path, progress: Progress | None) -> ExportReport:
    with new_directory(out) as folder:
        cases, done, shard = corpus.cases(), 0, 0
        while written := _write_shard(corpus, cases, folder / f"shard-{shard:06d}.tar"):
            done, shard = done + written, shard + 1
            if progress is not None:
                progress(done, len(corpus), "cases")
        (folder / f"shard-{shard:06d}.tar").unlink()  # the last one opened holds nothing
    return ExportReport(done)


def _write_shard(corpus: Corpus, cases: Iterator[Case], path: Path) -> int:
    written = 0
    with tarfile.open(path, "w") as archive:
        for case in cases:
            _add_case(archive, corpus, case)
            written += 1
            if archive.offset >= _SHARD:
                break
    return written


def _add_case(archive: tarfile.TarFile, corpus: Corpus, case: Case) -> None:
    key, record = safe_name(case.id), case.to_dict()
    for image in [*record["images"].values(), *record["masks"].values()]:
        image["path"] = None  # where a referenced file lay is nobody else's business
    _add(archive, f"{key}.json", json.dumps(record, ensure_ascii=False).encode())
    text = next((passage.text for passage in case.texts if passage.kind in DESCRIBING), None)
    if text is not None:
        _add(archive, f"{key}.txt", text.encode())
    for role, images in (("images", case.images), ("masks", case.masks)):
        for name, image in images.items():
            path = corpus.object_path(image)
            _add(archive, f"{key}.{role}.{safe_name(name)}{suffix_of(path)}", path.read_bytes())


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    # No times and no owners: the same corpus gives the same bytes.
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


WEBDATASET = Form(_write, WebdatasetSource)
