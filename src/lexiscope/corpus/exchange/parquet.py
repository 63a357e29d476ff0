"""Parquet: one file that holds the cases and the bytes of their images; exact in both directions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from lexiscope.core.errors import CaseError, SourceError, UsageError
from lexiscope.core.files import publishing, write_beside
from lexiscope.core.progress import Progress
from lexiscope.corpus.exchange.form import ExportReport, Form, draft_of, suffix_of
from lexiscope.corpus.rows import SCHEMA, case_of, image_of
from lexiscope.corpus.store import Corpus
from lexiscope.sources.draft import Draft, Rejected

_ROW_GROUP = 64 << 20  # bytes of images held at once
_FILE = pa.struct([("role", pa.string()), ("modality", pa.string()), ("suffix", pa.string()), ("bytes", pa.binary())])
_SAID = [name for name in SCHEMA.names if name != "drafted"]  # what a source once said is of no use elsewhere
_COLUMNS = [*_SAID, "files"]
_DAMAGE = (OSError, ValueError, pa.ArrowException)
_SCHEMA = pa.schema([*(SCHEMA.field(name) for name in _SAID), pa.field("files", pa.list_(_FILE))])


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """Reads what `export --as parquet` wrote."""

    name: ClassVar[str] = "parquet"
    path: Path

    @staticmethod
    def detect(path: Path) -> bool:
        """A file named *.parquet."""
        return path.is_file() and path.suffix == ".parquet"

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a row.

        Raises:
            UsageError: no Parquet file, or one with other columns.
        """
        try:
            file = pq.ParquetFile(self.path)
            columns = set(file.schema_arrow.names)
        except _DAMAGE as error:
            raise UsageError(f"expected a Parquet file at {self.path}: {error}; export or copy it again") from error
        if missing := set(_COLUMNS) - columns:
            msg = f"{self.path} lacks the columns {', '.join(sorted(missing))}; only exported corpora can be imported"
            raise UsageError(f"{msg}. For other tables use: lexiscope corpus build CORPUS TABLE --as table")
        return self._drafts(file)

    def _drafts(self, file: pq.ParquetFile) -> Iterator[Draft | Rejected]:
        for number in range(file.num_row_groups):
            try:
                for batch in file.iter_batches(batch_size=16, row_groups=[number], columns=_COLUMNS):
                    for row in batch.to_pylist():
                        yield _draft(row)
            except _DAMAGE as error:  # costs the rows from there to the end of their group
                rows = file.metadata.row_group(number).num_rows
                reason = f"group {number} of {rows} rows is damaged, and those not read yet are lost: {error}"
                yield Rejected(str(self.path), reason, "export or copy the file again")


def _draft(row: dict[str, Any]) -> Draft | Rejected:
    try:
        files = {(file["role"], file["modality"]): (file["bytes"], file["suffix"] or "") for file in row["files"]}
        return draft_of(case_of(row).to_dict(), files)
    except (CaseError, SourceError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Rejected(f"case {row['id']!s:.200}", str(error), getattr(error, "remedy", "export again"))


def _write(corpus: Corpus, out: Path, progress: Progress | None) -> ExportReport:
    written = 0
    with (
        publishing(out),
        write_beside(out) as part,
        pq.ParquetWriter(part, _SCHEMA, compression="zstd") as writer,
    ):
        for rows in _row_groups(corpus):
            writer.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA))
            written += len(rows)
            if progress is not None:
                progress(written, len(corpus), "cases")
    return ExportReport(written)


def _row_groups(corpus: Corpus) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    held = 0
    for row in corpus.rows(columns=_SAID):
        row["files"] = [_file(corpus, role, image) for role in ("images", "masks") for image in row[role]]
        rows.append(row)
        held += sum(len(file["bytes"]) for file in row["files"])
        if held >= _ROW_GROUP or len(rows) >= 1024:
            yield rows
            rows, held = [], 0
    if rows:
        yield rows


def _file(corpus: Corpus, role: str, image: dict[str, Any]) -> dict[str, Any]:
    path = corpus.checked_path(image_of(image))
    image["path"] = None  # the bytes travel along; where they lay says nothing on another machine
    return {"role": role, "modality": image["modality"], "suffix": suffix_of(path), "bytes": path.read_bytes()}


PARQUET = Form(_write, ParquetSource)
