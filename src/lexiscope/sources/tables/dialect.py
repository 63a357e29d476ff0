"""`Dialect`: how a table was written: its encoding, its delimiter, its decimal commas; and what of it was guessed."""

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

LONGEST_LINE = 16 << 20  # characters; a file without line ends is read in pieces of this size
_SNIFFED = 1 << 12  # bytes
_DELIMITERS = ",;\t|"
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, with which it starts
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(.)"?[,;\t|]*\r?\n?', re.IGNORECASE)
_DECIMAL_COMMA = {
    ";": re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+([eE][+-]?\d{1,3})?"),
    "\t": re.compile(r"[+-]?\d+,(\d{1,2}|\d{4,})"),  # 1,234 may be a thousand here
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """Form of a table.

    Args:
        encoding: Encoding of its text, by the name that Python gives it.
        errors: Handler of bytes that the encoding does not know.
        delimiter: Character between two cells.
        opening: Lines before the header.
        guessed: What of it was guessed, as steps of provenance.
    """

    encoding: str = "utf-8-sig"
    errors: str = "strict"
    delimiter: str = ","
    opening: int = 0
    guessed: tuple[str, ...] = ()

    def open(self, path: Path) -> IO[str]:
        """The table as text, behind what comes before its header."""
        codecs.register_error("cp1252", _read_as_cp1252)
        stream = path.open(encoding=self.encoding, errors=self.errors, newline="")
        for _ in range(self.opening):
            stream.readline(LONGEST_LINE)
        return stream

    def with_point(self, cell: Any) -> Any:
        """A number with a decimal point where the table writes commas; any other cell as it is.

        Between semicolons a comma is decimal, and points stand between thousands; between tabs it is decimal where it
        cannot stand between thousands; between commas it is never a number's.

        Example:
            >>> Dialect(delimiter=";").with_point("1.234,5"), Dialect(delimiter=";").with_point("3.5")
            ('1234.5', '3.5')
            >>> Dialect(delimiter=chr(9)).with_point("1,234"), Dialect().with_point("3,5")
            ('1,234', '3,5')
        """
        pattern = _DECIMAL_COMMA.get(self.delimiter)
        if pattern is None or not isinstance(cell, str) or not pattern.fullmatch(cell.strip()):
            return cell
        return cell.strip().replace(".", "").replace(",", ".")


PLAIN = Dialect()  # commas in UTF-8, nothing guessed


def find_dialect(path: Path) -> Dialect:
    """The form of a .csv, .tsv or .jsonl file, read from its bytes and its first line.

    Text is what its byte order mark says, else UTF-8; UTF-16 where every other byte of its start is zero; bytes that
    are no UTF-8 are Windows-1252. Cells stand between what the first line has most of, or between what a line `sep=;`
    before the header names.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> path.write_bytes("image;scale".encode("utf-16"))
        24
        >>> find_dialect(path).encoding, find_dialect(path).delimiter
        ('utf-16', ';')
    """
    encoding, errors, guessed = _encoding(path)
    dialect = Dialect(encoding, errors, guessed=guessed)
    if path.suffix.lower() == ".jsonl":
        return dialect
    with dialect.open(path) as stream:
        first = stream.readline(LONGEST_LINE)
    separator = _SEPARATOR_LINE.fullmatch(first)
    if separator:
        return Dialect(encoding, errors, separator[1], 1, guessed)
    return Dialect(encoding, errors, _delimiter(path, first), 0, guessed)


def _encoding(path: Path) -> tuple[str, str, tuple[str, ...]]:
    """Encoding, handler of bytes that it does not know, and what of it was guessed."""
    with path.open("rb") as stream:
        start = stream.read(_SNIFFED)
        for mark, encoding in _BYTE_ORDER_MARKS.items():
            if start.startswith(mark) and encoding != "utf-8-sig":
                return encoding, "replace", ()
        order = _zeros(start)
        if order:
            return f"utf-16-{order}", "replace", ("the table was read as UTF-16 (guessed)",)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(start)
            while chunk := stream.read(1 << 16):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "utf-8-sig", "cp1252", ("text of the table that is no UTF-8 was read as Windows-1252 (guessed)",)
    return "utf-8-sig", "strict", ()


def _zeros(start: bytes) -> str:
    """Byte order of UTF-16 whose letters are mostly Latin, "le" or "be"; empty for anything else."""
    first, second = start[0::2].count(0), start[1::2].count(0)
    few = len(start) // 10
    if second > few and not first:
        return "le"
    return "be" if first > few and not second else ""


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


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Handler of bytes that are no UTF-8: what Windows means by them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    text = "".join(_SIGNS[byte] for byte in error.object[error.start : error.end])
    return text, error.end


_SIGNS = [bytes([byte]).decode("cp1252", "ignore") or "\ufffd" for byte in range(256)]
