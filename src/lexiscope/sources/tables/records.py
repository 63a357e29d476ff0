"""`records`: the cells of delimited text, record by record; an open quote costs its own line and no other."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from lexiscope.sources.tables.dialect import LONGEST_LINE

_REPAIRS = 1000  # lines with an open quote, after which the rest of a file is given up


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A record that cannot be read, and why; the next one is read all the same."""

    reason: str


def records(stream: IO[str], *, delimiter: str) -> Iterator[list[str] | BrokenRecord]:
    r"""The cells of every record.

    A quote that nothing closes, or that closes in the middle of a later cell, would swallow the records behind it: its
    line is broken, and reading goes on with the next line.

    Example:
        >>> import io
        >>> [item for item in records(io.StringIO('a,b\n"open,1\nfine,3\n'), delimiter=",") if isinstance(item, list)]
        [['a', 'b'], ['fine', '3']]
    """
    csv.field_size_limit(LONGEST_LINE)
    lines = _Lines(stream)
    repairs = 0
    while repairs < _REPAIRS:
        try:
            cells = next(csv.reader(lines, delimiter=delimiter))
            lines.check_closed(delimiter)
        except StopIteration:
            return
        except csv.Error as error:
            repairs += 1
            yield BrokenRecord(lines.give_back(error))
        else:
            lines.taken.clear()
            yield cells
    yield BrokenRecord(f"{_REPAIRS} rows have a quote that nothing closes, and the rest of the table was not read")


class _Lines:
    """Lines of a stream, of which those behind the first of a record can be given back."""

    def __init__(self, stream: IO[str]) -> None:
        self.taken: list[str] = []
        self._stream = stream
        self._ended = False
        self._waiting: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._stream.readline(LONGEST_LINE)
        if not line:
            self._ended = True
            raise StopIteration
        self.taken.append(line)
        return line

    def check_closed(self, delimiter: str) -> None:
        """Refuse a record of several lines, or up to the end, whose quotes do not stand around its cells.

        Raises:
            csv.Error: they do not.
        """
        if len(self.taken) > 1 or self._ended:
            next(csv.reader(self.taken, delimiter=delimiter, strict=True))

    def give_back(self, error: csv.Error) -> str:
        """Give back all lines but the first; gives what is wrong with it."""
        swallowed = len(self.taken) - 1
        self._waiting.extendleft(reversed(self.taken[1:]))
        self.taken.clear()
        self._ended = False
        if not swallowed:
            return str(error)
        return f"a quote that nothing closes would swallow the next {swallowed} lines"
