"""Small PDF files: Helvetica, letters of any script, lines, boxes and operators, at known places."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

Box: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PdfPage:
    """Contents of a page; places are in points from its upper left corner.

    Args:
        texts: (left, baseline, size, words, bold).
        boxes: Filled boxes as (left, top, right, bottom) with a grey value from 0 to 1.
        strokes: Lines as (left, top, right, bottom) from the first to the second point.
        turned: (left, baseline, size, words, degrees against the clock) of text about its first letter.
        operators: Operators of a content stream (ISO 32000-1, annex A) that are drawn last; places from the lower left.
        forms: Content streams of form XObjects as large as the page, which operators draw as /X0, /X1 ...
    """

    texts: Sequence[tuple[float, float, float, str, bool]] = ()
    boxes: Sequence[tuple[Box, float]] = ()
    strokes: Sequence[Box] = ()
    size: tuple[float, float] = field(default=(595.0, 842.0))
    turned: Sequence[tuple[float, float, float, str, float]] = ()
    operators: str = ""
    forms: Sequence[str] = ()


def write_pdf(path: Path, pages: Sequence[PdfPage], *, title: str = "") -> Path:
    """Write an uncompressed PDF 1.4 file (ISO 32000-1, 7.5) and return its path.

    Letters that the code page 1252 lacks are drawn as others, and named by a map to Unicode: 150 at most.
    """
    foreign = _foreign_letters(pages)
    starts = _numbers_of_pages(pages)
    kids = " ".join(f"{start} 0 R" for start in starts)
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({_escaped(title)}) >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 7 0 R >>",
        _stream(_to_unicode(foreign)),
    ]
    for start, page in zip(starts, pages, strict=True):
        width, height = page.size
        forms = " ".join(f"/X{number} {start + 2 + number} 0 R" for number in range(len(page.forms)))
        fonts = "/Font << /F1 3 0 R /F2 4 0 R /F3 6 0 R >>"
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {start + 1} 0 R "
            f"/Resources << {fonts} /XObject << {forms} >> >> >>"
        )
        bodies.append(_stream(_content(page, foreign)))
        form = f"/Type /XObject /Subtype /Form /BBox [0 0 {width} {height}] /Resources << {fonts} >>"
        bodies += [_stream(content, form) for content in page.forms]
    path.write_bytes(_file(bodies))
    return path


def _numbers_of_pages(pages: Sequence[PdfPage]) -> list[int]:
    """Number of each page's object; its contents and forms follow it."""
    starts = [8]
    for page in pages:
        starts.append(starts[-1] + 2 + len(page.forms))
    return starts[:-1]


def _foreign_letters(pages: Sequence[PdfPage]) -> dict[str, str]:
    """Letters without a place in the code page -> letters that stand for them."""
    words = "".join(words for page in pages for _, _, _, words, _ in (*page.texts, *page.turned))
    letters = [letter for letter in dict.fromkeys(words) if not letter.encode("cp1252", "ignore")]
    return {letter: chr(0x2A + number if number < 50 else 0x60 + number) for number, letter in enumerate(letters)}


def _to_unicode(foreign: dict[str, str]) -> str:
    """A map of character codes (ISO 32000-1, 9.10.3)."""
    lines = "\n".join(
        f"<{ord(code):02X}> <{letter.encode('utf-16-be').hex().upper()}>" for letter, code in foreign.items()
    )
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Letters def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <FF> endcodespacerange\n{len(foreign)} beginbfchar\n{lines}\nendbfchar\n"
        "endcmap end end"
    )


def _stream(content: str, entries: str = "") -> str:
    return f"<< /Length {len(content.encode('cp1252'))} {entries} >>\nstream\n{content}\nendstream"


def paragraph(
    left: float, top: float, words: str, *, size: float = 10.0, width: float = 230.0
) -> list[tuple[float, float, float, str, bool]]:
    """Words broken into lines of about `width` points, the first line's top at `top`."""
    most = int(width / (0.5 * size))
    lines, line = [], ""
    for word in words.split():
        if line and len(line) + len(word) + 1 > most:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    lines.append(line)
    return [(left, top + size + 1.2 * size * place, size, text, False) for place, text in enumerate(lines)]


def _content(page: PdfPage, foreign: dict[str, str]) -> str:
    height = page.size[1]
    marks = []
    for (left, top, right, bottom), grey in page.boxes:
        marks.append(f"{grey} g {left} {height - bottom} {right - left} {bottom - top} re f")
    for left, top, right, bottom in page.strokes:
        marks.append(f"0 G 1 w {left} {height - top} m {right} {height - bottom} l S")
    for left, baseline, size, words, bold in page.texts:
        font = "F2" if bold else "F1"
        marks.append(f"0 g BT {left} {height - baseline} Td {_shown(words, font, size, foreign)} ET")
    for left, baseline, size, words, degrees in page.turned:
        cos, sin = round(math.cos(math.radians(degrees)), 6), round(math.sin(math.radians(degrees)), 6)
        matrix = f"{cos} {sin} {-sin} {cos} {left} {height - baseline}"
        marks.append(f"0 g BT {matrix} Tm {_shown(words, 'F1', size, foreign)} ET")
    return "\n".join([*marks, page.operators])


def _shown(words: str, font: str, size: float, foreign: dict[str, str]) -> str:
    """Operators that show words, foreign letters in the font that names them."""
    pieces = []
    for is_foreign, group in groupby(words, key=foreign.__contains__):
        text = "".join(foreign.get(letter, letter) for letter in group)
        pieces.append(f"/{'F3' if is_foreign else font} {size} Tf ({_escaped(text)}) Tj")
    return " ".join(pieces)


def _escaped(words: str) -> str:
    return words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(bodies: Sequence[str]) -> bytes:
    data = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}"
    trailer = f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R /Info 5 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + (end + trailer).encode("cp1252")
