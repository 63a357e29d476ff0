"""Cells of tables, of any JSON type, -> text, attributes and nothing else."""

import json
import math
import re
from typing import Any

from lexiscope.core.case import Scalar
from lexiscope.core.errors import SourceError
from lexiscope.core.passage import PASSAGE_KINDS, Passage

_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,17})")  # no leading zeros: those are codes; what a 64-bit number can hold
_DECIMAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d{1,3})?")
_ERRORS = ("#n/a", "#na", "#ref!", "#div/0!", "#value!", "#name?", "#num!", "#null!")  # as spreadsheets write them
_MISSING = frozenset((
    "", "nan", "-nan", "na", "n/a", "n.a.", "<na>", "nat", "none", "null", "<null>", "(null)", "\\n", "not available",
    *_ERRORS,
))  # fmt: skip
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)  # as programs write a cell that a spreadsheet must not change
_BOOLEANS = {"true": True, "false": False}


def cell_text(cell: Any) -> str:
    """A cell as text, stripped; empty for a missing one, list entries joined by "; ".

    Raises:
        SourceError: it holds characters that no file can store.

    Example:
        >>> cell_text(["left", None, " right "]), cell_text(float("nan")), cell_text(3), cell_text('="007"')
        ('left; right', '', '3', '007')
    """
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, list):
        return "; ".join(filter(None, map(cell_text, cell)))
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SourceError(f"a cell holds half a character: {error}", remedy="repair the row's encoding") from error
    text = text.replace("\0", "").strip()
    kept = _AS_TEXT.fullmatch(text)
    return kept[1].replace('""', '"').strip() if kept else text


def stated_text(cell: Any) -> str:
    """A cell as text, empty where it holds a word for a missing value (NaN, N/A, None, null ...).

    "Na" is an element, and stays.

    Example:
        >>> [stated_text(cell) for cell in ("N/A", "nan", None, "Na", "none of them")]
        ['', '', '', 'Na', 'none of them']
    """
    text = cell_text(cell)
    return "" if text.lower() in _MISSING and text != "Na" else text


def cell_attribute(cell: Any) -> Scalar | None:
    """A cell as a number, a boolean or text; None when it is empty.

    Numbers with leading zeros stay text, since they are codes.

    Example:
        >>> tuple(map(cell_attribute, ("61", "0061", "1e-3", "true", "n/a")))
        (61, '0061', 0.001, True, None)
    """
    if isinstance(cell, bool | int) and abs(cell) < 2**63:
        return cell
    text = stated_text(cell)
    if not text:
        return None
    if text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


def cell_passages(column: str, cell: Any) -> list[Passage]:
    """The passages of a text cell: one, or one an entry of a list.

    A column named like a passage kind gives that kind, any other a caption; the column's name is kept. Words for
    missing values are no text, and signs alone ("-", "...") neither.

    Example:
        >>> [(text.kind, text.text) for text in cell_passages("report", ["One.", "", "-"])]
        [('report', 'One.')]
    """
    kind = column.strip().lower()
    texts = map(stated_text, cell if isinstance(cell, list) else [cell])
    return [Passage(kind if kind in PASSAGE_KINDS else "caption", text, column=column) for text in texts if _says(text)]


def _says(text: str) -> bool:
    return any(map(str.isalnum, text))
