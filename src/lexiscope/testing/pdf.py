"""Tiny PDF files for tests: Helvetica, lines and boxes, at known places."""

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    """

    texts: Sequence[tuple[float, float, float, str, bool]] = ()
    boxes: Sequence[tuple[Box, float]] = ()
    strokes: Sequence[Box] = ()
    size: tuple[float, float] = field(default=(595.0, 842.0))


def write_pdf(path: Path, pages: Sequence[PdfPage], *, title: str = "") -> Path:
    """Write an uncompressed PDF 1.4 file (ISO 32000-1, 7.5) and return its path."""
    count = len(pages)
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {count} /Kids [{' '.join(f'{6 + 2 * n} 0 R' for n in range(count))}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({_escaped(title)}) >>",
    ]
    for number, page in enumerate(pages):
        content = _content(page)
        width, height = page.size
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {7 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
        )
        bodies.append(f"<< /Length {len(content.encode('cp1252'))} >>\nstream\n{content}\nendstream")
    path.write_bytes(_file(bodies))
    return path


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


def _content(page: PdfPage) -> str:
    height = page.size[1]
    marks = []
    for (left, top, right, bottom), grey in page.boxes:
        marks.append(f"{grey} g {left} {height - bottom} {right - left} {bottom - top} re f")
    for left, top, right, bottom in page.strokes:
        marks.append(f"0 G 1 w {left} {height - top} m {right} {height - bottom} l S")
    for left, baseline, size, words, bold in page.texts:
        font = "F2" if bold else "F1"
        marks.append(f"0 g BT /{font} {size} Tf {left} {height - baseline} Td ({_escaped(words)}) Tj ET")
    return "\n".join(marks)


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
