"""`TextEncoding`: how the text of a file or of bytes is encoded, and what of it was guessed."""

import codecs
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.steady import open_input

_SNIFFED = 1 << 12  # bytes
_JUDGED = 1 << 20  # bytes of a text without a stated encoding that are looked at
_FEWEST = 4  # signs beyond ASCII from which they are judged
_DOUBTFUL, _HOPELESS = 0.25, 0.5  # shares of them that stand where no word has them
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, with which it starts
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """Encoding of a text.

    Args:
        name: Name that Python gives it.
        errors: Handler of bytes that the encoding does not know.
        guessed: What of it was guessed, as steps of provenance.
    """

    name: str = "utf-8-sig"
    errors: str = "strict"
    guessed: tuple[str, ...] = ()

    def open(self, path: Path) -> IO[str]:
        """The text of a file; line ends stay as they are."""
        codecs.register_error("cp1252", _read_as_cp1252)
        return io.TextIOWrapper(open_input(path), encoding=self.name, errors=self.errors, newline="")

    def decode(self, data: bytes) -> str:
        """The text of bytes."""
        codecs.register_error("cp1252", _read_as_cp1252)
        return data.decode(self.name, self.errors)


_OTHER = "its text is no UTF-8, and read as Windows-1252 or Mac Roman it makes no words"
UTF_8 = TextEncoding()
_DOUBT = "(guessed; encodings such as Windows-1250 look alike: where letters are wrong, save it as UTF-8)"
_WINDOWS = TextEncoding("utf-8-sig", "cp1252", (f"text that is no UTF-8 was read as Windows-1252 {_DOUBT}",))
_MAC = TextEncoding("mac_roman", "strict", (f"text that is no UTF-8 was read as Mac Roman {_DOUBT}",))


def find_encoding(path: Path) -> TextEncoding:
    """The encoding of a file's text.

    That is what its byte order mark says, else UTF-8; UTF-16 where every other byte of its start is zero; bytes that
    are no UTF-8 are Windows-1252 or else Mac Roman, as long as they make words of it.

    Raises:
        UsageError: they make none: the text is of another encoding, such as GBK, Shift JIS or Windows-1251.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> path.write_bytes("5 €".encode("cp1252"))
        3
        >>> find_encoding(path).open(path).read()
        '5 €'
    """
    with open_input(path) as stream:
        start = stream.read(_SNIFFED)
        marked = _by_its_start(start)
        if marked is not None:
            return marked
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(start)
            while chunk := stream.read(1 << 16):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            stream.seek(0)
            guess = _guess(stream.read(_JUDGED))
            if guess is None:
                raise UsageError(f"{path.name}: {_OTHER}; save it as UTF-8") from None
            return guess
    return UTF_8


def encoding_of(data: bytes) -> TextEncoding:
    """The encoding of bytes of text, as `find_encoding`.

    Raises:
        SourceError: they are no UTF-8, and make no words as Windows-1252.

    Example:
        >>> encoding_of("größer".encode("utf-16")).name
        'utf-16'
    """
    marked = _by_its_start(data[:_SNIFFED])
    if marked is not None:
        return marked
    try:
        data.decode()
    except UnicodeDecodeError:
        guess = _guess(data[:_JUDGED])
        if guess is None:
            raise SourceError(_OTHER, remedy="save it as UTF-8") from None
        return guess
    return UTF_8


def _guess(data: bytes) -> TextEncoding | None:
    """Windows-1252 as long as it makes words, Mac Roman where that makes better ones; None where neither does."""
    windows = _unlikely(_WINDOWS.decode(data))
    if windows > _DOUBTFUL and _unlikely(_MAC.decode(data)) <= _DOUBTFUL:
        return _MAC
    return _WINDOWS if windows <= _HOPELESS else None


def _unlikely(text: str) -> float:
    """Share of signs and accented letters that stand where no word has them; nought where there are few."""
    strange = len(_STRANGE.findall(text))
    return sum(map(len, _UNLIKELY.findall(text))) / strange if strange >= _FEWEST else 0.0


def _by_its_start(start: bytes) -> TextEncoding | None:
    """UTF-16 or UTF-32, by a byte order mark or by the zeros between Latin letters."""
    for mark, name in _BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return TextEncoding(name, "replace")
    first, second = start[0::2].count(0), start[1::2].count(0)
    few = len(start) // 10
    if (second > few and not first) or (first > few and not second):
        return TextEncoding(f"utf-16-{'le' if second else 'be'}", "replace", ("text was read as UTF-16 (guessed)",))
    return None


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Handler of bytes that are no UTF-8: what Windows means by them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(_SIGNS[byte] for byte in error.object[error.start : error.end]), error.end


_SIGNS = [bytes([byte]).decode("cp1252", "ignore") or "\ufffd" for byte in range(256)]
_OF_A_MACINTOSH = bytes(range(128, 256)).decode("mac_roman")
_STRANGE = re.compile(f"[{re.escape(''.join(sorted({*_SIGNS[0x80:], *_OF_A_MACINTOSH})))}]")
_UNLIKELY = re.compile(
    f"{_STRANGE.pattern}{{3,}}|[ƒ‚ˆ˜‹‰]"  # most of Shift JIS starts with one of these
    # Letters, dashes and degrees of a Macintosh, read as those of Windows:
    "|(?<=[a-zß-öø-ÿšž])(?:[ŠŒŽŸÀ-ÖØ-Þ]|[§¡¤¦¨¬¯¶¿†‡\ufffd](?=[a-z]))|[€†](?=[a-z])|(?<=[0-9 ])¡(?=C)|(?<= )Ð(?= )"
)
