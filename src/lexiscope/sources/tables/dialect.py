"""`Dialect`: how a table was written: its encoding, its delimiter, its decimal commas; and what of it was guessed."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from lexiscope.sources.text_encoding import UTF_8, TextEncoding, find_encoding

LONGEST_LINE = 16 << 20  # characters; a file without line ends is read in pieces of this size
_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(.)"?[,;\t|]*\r?\n?', re.IGNORECASE)
_BETWEEN = "[. \u00a0\u202f'’]"  # thousands
_DECIMAL_COMMA = {
    ";": re.compile(rf"[+-]?(\d+|\d{{1,3}}({_BETWEEN}\d{{3}})+),\d+([eE][+-]?\d{{1,3}})?"),
    **dict.fromkeys("\t|", re.compile(r"[+-]?\d+,(\d{1,2}|\d{4,})")),  # 1,234 may be a thousand here
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """Form of a table.

    Args:
        encoding: Encoding of its text.
        delimiter: Character between two cells.
        opening: Lines before the header.
    """

    encoding: TextEncoding = UTF_8
    delimiter: str = ","
    opening: int = 0

    @property
    def guessed(self) -> tuple[str, ...]:
        """What of it was guessed, as steps of provenance."""
        return self.encoding.guessed

    def open(self, path: Path) -> IO[str]:
        """The table as text, behind what comes before its header."""
        stream = self.encoding.open(path)
        for _ in range(self.opening):
            stream.readline(LONGEST_LINE)
        return stream

    def with_point(self, cell: Any) -> Any:
        """A number with a decimal point where the table writes commas; any other cell as it is.

        Between semicolons a comma is decimal, and points stand between thousands; between tabs and bars it is decimal
        where it cannot stand between thousands; between commas it is never a number's.

        Example:
            >>> Dialect(delimiter=";").with_point("1.234,5"), Dialect(delimiter=";").with_point("3.5")
            ('1234.5', '3.5')
            >>> Dialect(delimiter=chr(9)).with_point("1,234"), Dialect().with_point("3,5")
            ('1,234', '3,5')
        """
        pattern = _DECIMAL_COMMA.get(self.delimiter)
        if pattern is None or not isinstance(cell, str) or not pattern.fullmatch(cell.strip()):
            return cell
        return re.sub(_BETWEEN, "", cell.strip()).replace(",", ".")


PLAIN = Dialect()  # commas in UTF-8, nothing guessed


def find_dialect(path: Path) -> Dialect:
    """The form of a .csv, .tsv or .jsonl file, read from its bytes and its first line.

    Cells stand between what the first line has most of, or between what a line `sep=;`
    before the header names.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> path.write_bytes("image;scale".encode("utf-16"))
        24
        >>> find_dialect(path).encoding.name, find_dialect(path).delimiter
        ('utf-16', ';')
    """
    dialect = Dialect(find_encoding(path))
    if path.suffix.lower() == ".jsonl":
        return dialect
    with dialect.open(path) as stream:
        first = stream.readline(LONGEST_LINE)
    separator = _SEPARATOR_LINE.fullmatch(first)
    if separator:
        return replace(dialect, delimiter=separator[1], opening=1)
    return replace(dialect, delimiter=_delimiter(path, first))


def _delimiter(path: Path, header: str) -> str:
    """Tab in a .tsv and comma in a .csv, unless the header has more of another."""
    quoted = False
    counts: Counter[str] = Counter()
    for sign in header:
        quoted ^= sign == '"'
        if not quoted and sign in _DELIMITERS:
            counts[sign] += 1
    usual = "\t" if path.suffix.lower() == ".tsv" else ","
    return max((usual, *_DELIMITERS), key=lambda sign: counts[sign])  # of several, the first
