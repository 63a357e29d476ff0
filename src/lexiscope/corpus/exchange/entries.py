"""`read_entries`: the entries of a JSON list or of JSON lines, one at a time, in memory that does not grow."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

from lexiscope.core.errors import UsageError
from lexiscope.sources.text_encoding import TextEncoding, find_encoding

_CHUNK = 1 << 20  # characters read at once
_LONGEST = 64 << 20  # characters of an entry
_SPACE = " \t\r\n"
_NEAR = 16  # characters: an error this close to the end of what was read may be no error


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a file of conversations.

    Args:
        number: Number of the entry, from 0.
        record: What it says; None where it is no JSON.
        broken: Why it is no JSON; empty where it is.
    """

    number: int
    record: Any
    broken: str = ""


@dataclass(frozen=True, slots=True)
class EntryFile:
    """File of conversations, and the encoding of its text."""

    path: Path
    encoding: TextEncoding

    def begun(self) -> Iterator[Entry]:
        """The entries; a file that holds none is refused at once and not in the middle of a build.

        Raises:
            UsageError: it starts with neither a list nor an object.
        """
        entries = iter(self)
        first = next(entries, None)
        return chain([] if first is None else [first], entries)

    @classmethod
    def of(cls, path: Path) -> "EntryFile":
        """The file at a path.

        Raises:
            UsageError: there is none.
        """
        if not path.is_file():
            raise UsageError(f"expected a JSON list or JSON lines of conversations at {path}, found no file")
        return cls(path, find_encoding(path))

    def __iter__(self) -> Iterator[Entry]:
        with self.encoding.open(self.path) as stream:
            yield from read_entries(stream, where=self.path)


def read_entries(stream: IO[str], *, where: Path) -> Iterator[Entry]:
    r"""The entries of a JSON list, or of objects one behind the other.

    An object that is broken costs its line; a list that is broken ends there, and the last entry says so.

    Args:
        stream: Text of the file.
        where: Path of the file, for messages.

    Raises:
        UsageError: it starts with neither.

    Example:
        >>> import io
        >>> [entry.record for entry in read_entries(io.StringIO('[{"id": 1}, {"id": 2}]'), where=Path("a.json"))]
        [{'id': 1}, {'id': 2}]
        >>> [entry.record for entry in read_entries(io.StringIO('{"id": 1}\n{"id"\n{"id": 3}'), where=Path("a.jsonl"))]
        [{'id': 1}, None, {'id': 3}]
    """
    text = _Text(stream)
    first = text.peek(_SPACE)
    if first == "[":
        text.skip(1)
        return _of_list(text)
    if first == "{" or where.suffix.lower() == ".jsonl":
        return _of_lines(text)
    raise UsageError(f"expected a JSON list of conversations at {where}, got {first or 'an empty file'!r} at its start")


def _of_list(text: "_Text") -> Iterator[Entry]:
    number = 0
    while (sign := text.peek(_SPACE)) != "]":
        if number and sign == ",":
            text.skip(1)
        elif number or not sign:
            yield Entry(
                number, None, _ended("the list ends in the middle" if not sign else f"got {sign!r} for a comma")
            )
            return
        try:
            yield Entry(number, text.value())
        except (ValueError, RecursionError) as error:
            yield Entry(number, None, _ended(str(error)))
            return
        number += 1


def _ended(why: str) -> str:
    return f"{why}; this entry and those behind it cannot be read"


def _of_lines(text: "_Text") -> Iterator[Entry]:
    number = 0
    while text.peek(_SPACE):
        try:
            entry = Entry(number, text.value())
        except (ValueError, RecursionError) as error:
            text.skip_line()
            entry = Entry(number, None, str(error))
        yield entry
        number += 1


class _Text:
    """Text of a stream, read as far as a value needs."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._held = ""
        self._place = 0
        self._decoder = json.JSONDecoder()

    def peek(self, space: str) -> str:
        """The next character that is no space, which is not taken; empty at the end."""
        while True:
            while self._place < len(self._held) and self._held[self._place] in space:
                self._place += 1
            if self._place < len(self._held):
                return self._held[self._place]
            if not self._more(_CHUNK):
                return ""

    def skip(self, count: int) -> None:
        """Pass over characters that were peeked at."""
        self._place += count

    def skip_line(self) -> None:
        """Pass over the rest of the line."""
        while (end := self._held.find("\n", self._place)) < 0:
            self._place = len(self._held)
            if not self._more(_CHUNK):
                return
        self._place = end + 1

    def value(self) -> Any:
        """The next JSON value.

        Raises:
            ValueError: there is none, or one longer than an entry may be.
            RecursionError: it is nested too deeply.
        """
        self.peek(_SPACE)
        while True:
            try:
                value, self._place = self._decoder.raw_decode(self._held, self._place)
            except json.JSONDecodeError as error:
                near = self._held[error.pos : error.pos + 20]
                if not self._may_go_on(error) or not self._more(max(_CHUNK, len(self._held) - self._place)):
                    raise ValueError(f"{error.msg}, near {near!r}") from error
            else:
                return value

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        if len(self._held) - self._place > _LONGEST:
            raise ValueError(f"an entry of more than {_LONGEST:,} characters") from error
        return error.msg.startswith("Unterminated string") or error.pos >= len(self._held) - _NEAR

    def _more(self, count: int) -> bool:
        chunk = self._stream.read(count)
        self._held, self._place = self._held[self._place :] + chunk, 0
        return bool(chunk)
