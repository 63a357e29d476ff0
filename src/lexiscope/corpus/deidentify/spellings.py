"""Spellings of a name or id: capitals, accents, separators, and the character sets of DICOM (PS3.3, C.12.1.1.2)."""

import re
import unicodedata
from collections.abc import Iterator

_CODES = (
    "utf-8", "latin-1", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8",
    "iso8859_9", "iso8859_15", "tis_620", "shift_jis", "iso2022_jp_2", "euc_jp", "euc_kr", "gb18030", "cp1251",
    "koi8_r",
)  # fmt: skip
_JOINTS = ("^", " ", "", "_", "-", ",", ", ", ".")  # between the family and the given name
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Scripts that put no space between words: Thai, Lao, Chinese, Japanese; Korean particles follow names."""
_LONGEST = 4  # words of an id that is searched for among others


def encoded(text: str, *, shortest: int) -> set[bytes]:
    """The bytes that spell a text in data whose ASCII letters were made small; those below `shortest` are left out.

    Example:
        >>> sorted(encoded("Doe^Jo", shortest=6))[:3]
        [b'doe jo', b'doe, jo', b'doe,jo']
    """
    forms = set()
    for spelling in set(_spellings(text)):
        for code in ("ascii",) if spelling.isascii() else _CODES:
            try:
                forms.add(spelling.encode(code).lower())
            except UnicodeEncodeError:
                continue  # a set that lacks these letters cannot spell it
    return {form for form in forms if len(form) >= shortest}


def phrases(text: str) -> set[str]:
    """Words of a text and up to four of them in a row, without capitals, accents and separators.

    Example:
        >>> sorted(phrases("Müller_Jane"))
        ['jane', 'muller', 'muller jane']
    """
    words = _WORD.findall(folded(text))
    return {
        " ".join(words[start : start + count])
        for count in range(1, _LONGEST + 1)
        for start in range(len(words) - count + 1)
    }


def folded(text: str) -> str:
    """A text without capitals and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not unicodedata.combining(letter)))


def keys_of(value: str) -> set[str]:
    """The phrases that stand for a value among those of a text.

    Example:
        >>> sorted(keys_of("Müller"))
        ['mueller', 'muller']
    """
    return {key for form in (value, value.translate(_GERMAN)) if (key := " ".join(_WORD.findall(folded(form))))}


def is_unspaced(value: str) -> bool:
    """True when a value is written in a script that puts no spaces between words."""
    return _UNSPACED.search(value) is not None


def _spellings(text: str) -> Iterator[str]:
    for form in (text, *_joined(text)):
        for case in (form, form.lower(), form.upper(), form.title()):
            yield case
            if not case.isascii():
                yield from (unicodedata.normalize(kind, case) for kind in ("NFC", "NFD"))
                yield case.translate(_GERMAN)
                yield "".join(c for c in unicodedata.normalize("NFD", case) if not unicodedata.combining(c))


def _joined(name: str) -> Iterator[str]:
    """A name "family^given^..." with other separators, and turned around."""
    parts = [part.strip() for part in name.split("^")][:2]
    if "=" in name or len(parts) < 2 or not all(parts):
        return
    for joint in _JOINTS:
        yield joint.join(parts)
        yield joint.join(reversed(parts))
