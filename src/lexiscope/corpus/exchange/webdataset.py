"""WebDataset: tar shards in which the files of a case share a name (https://github.com/webdataset/webdataset).

`<case>.json` holds everything the case says, `<case>.txt` its first describing text, and
`<case>.images.<modality>.<suffix>` and `<case>.masks.<structure>.<suffix>` its files; exact in both directions. Shards
of other programs are read, too, in any order of their files. Nothing is ever unpacked to disk.
"""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Case
from lexiscope.core.errors import CaseError, SourceError, UsageError
from lexiscope.core.files import new_directory
from lexiscope.core.progress import Progress
from lexiscope.corpus.exchange.foreign_sample import draft_of_sample, json_object
from lexiscope.corpus.exchange.form import ExportReport, Form, draft_of, safe_name, suffix_of
from lexiscope.corpus.exchange.shard import Sample, read_samples
from lexiscope.corpus.store import Corpus
from lexiscope.corpus.wording import DESCRIBING
from lexiscope.sources.draft import Draft, Rejected

_SHARD = 256 << 20  # bytes


@dataclass(frozen=True, slots=True)
class WebdatasetSource:
    """Reads a directory of tar shards, or one shard."""

    name: ClassVar[str] = "webdataset"
    path: Path

    @staticmethod
    def detect(path: Path) -> bool:
        """A tar file, or a directory with one."""
        return path.suffix.lower() == ".tar" if path.is_file() else any(path.glob("*.tar"))

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft for each name in the shards, also of those in folders below.

        Raises:
            UsageError: no shard there.
        """
        shards = [self.path] if self.path.is_file() else _files(self.path, ".tar")
        packed = [] if self.path.is_file() else _files(self.path, ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2")
        if not shards and not packed:
            raise UsageError(f"expected tar shards in {self.path}, found none; name the directory that holds them")
        remedy = "unpack it to a .tar beside it"
        return chain(
            chain.from_iterable(map(_read_shard, shards)),
            (
                Rejected(str(shard), "is a compressed tar file, of which no sample can be found", remedy)
                for shard in packed
            ),
        )


def _files(folder: Path, *suffixes: str) -> list[Path]:
    """Files below a folder by their suffix; those that systems leave beside files are none."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.name.lower().endswith(suffixes) and path.is_file() and not path.name.startswith("._")
    )


def _read_shard(shard: Path) -> Iterator[Draft | Rejected]:
    for sample in read_samples(shard):
        yield sample if isinstance(sample, Rejected) else _draft(shard, sample)


def _draft(shard: Path, sample: Sample) -> Draft | Rejected:
    try:
        files = sample.read(shard)
        record = json_object(files["json"]) if "json" in files else {}
        if "provenance" in record and "group" in record:
            return draft_of(record, _own_files(record, files))
        return draft_of_sample(sample.key, files, shard=shard.name)
    except (CaseError, SourceError, OSError) as error:
        remedy = getattr(error, "remedy", "correct it or leave it out")
        return Rejected(f"{shard.name}/{sample.key}", str(error), remedy)


def _own_files(record: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[tuple[str, str], tuple[bytes, str]]:
    """("images" or "masks", modality) -> bytes and suffix, of the files that a case names."""
    names = {
        (role, safe_name(str(name))): (role, name) for role in ("images", "masks") for name in record.get(role) or ()
    }
    own = {}
    for field, data in files.items():
        role, _, rest = field.partition(".")
        name, _, suffix = rest.partition(".")
        if (role, name) in names:
            own[names[role, name]] = (data, f".{suffix}")
    return own


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
            path = corpus.checked_path(image)
            _add(archive, f"{key}.{role}.{safe_name(name)}{suffix_of(path)}", path.read_bytes())


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    # No times and no owners: the same corpus gives the same bytes.
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


WEBDATASET = Form(_write, WebdatasetSource)
