"""`KnownIds`: which ids a build has met, exactly and in constant memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


class KnownIds:
    """A set of ids kept in a temporary file of SQLite, which spills to disk and vanishes with the process."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def is_new(self, case_id: str) -> bool:
        """True when an id is met for the first time; it is remembered."""
        return self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (case_id,)).rowcount == 1


@contextmanager
def known_ids() -> Iterator[KnownIds]:
    """An empty set that lasts as long as the block.

    Example:
        >>> with known_ids() as ids:
        ...     [ids.is_new(name) for name in ("a", "b", "a")]
        [True, True, False]
    """
    database = sqlite3.connect("", isolation_level=None)  # "" is a temporary file of SQLite's own
    try:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        database.execute("BEGIN")
        yield KnownIds(database)
    finally:
        database.close()
