"""`bundled`: rows of a table that belong together, brought together in constant memory."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.tables.dialect import PLAIN
from lexiscope.sources.tables.table_row import TableRow, table_rows


def bundled(table: Path, key: Callable[[TableRow], str]) -> Iterator[list[TableRow] | Rejected]:
    """The rows of a table that share a key, bundle after bundle in the order in which the keys first occur.

    The rows wait in a temporary file of SQLite, which vanishes with the process.

    Args:
        key: Key of a row; a `SourceError` that it raises rejects the row.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("CREATE TABLE keys (key TEXT PRIMARY KEY, place INTEGER) WITHOUT ROWID")
        database.execute("CREATE TABLE waiting (place INTEGER, number INTEGER, row TEXT)")
        database.execute("BEGIN")
        dialect = PLAIN
        for row in table_rows(table):
            if isinstance(row, Rejected):
                yield row
                continue
            dialect = row.dialect
            try:
                _keep(database, key(row), row)
            except SourceError as error:
                yield row.rejected(error)
        database.execute("CREATE INDEX together ON waiting (place, number)")
        rows = database.execute("SELECT place, number, row FROM waiting ORDER BY place, number")
        for _, members in groupby(rows, key=lambda waiting: waiting[0]):
            read = ((number, *json.loads(row)) for _, number, row in members)
            yield [TableRow(table, number, cells, tuple(steps), dialect) for number, cells, steps in read]


def _keep(database: sqlite3.Connection, key: str, row: TableRow) -> None:
    database.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (key, row.number))
    (number,) = database.execute("SELECT place FROM keys WHERE key = ?", (key,)).fetchone()
    database.execute("INSERT INTO waiting VALUES (?, ?, ?)", (number, row.number, json.dumps([row.cells, row.steps])))
