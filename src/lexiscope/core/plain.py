"""Text that may go to a terminal, a log or a file of lines: no control character survives in it."""

import json
import re
from typing import Any

# C0 without tab and line end, DEL, C1, marks and overrides of direction, separators of lines and paragraphs, halves of
# characters, the byte order mark: what moves a cursor, colours, hides, reorders or cannot be written.
_UNSEEN = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff"
_CONTROL = re.compile(f"[\0-\x08\x0b-\x1f{_UNSEEN}]")
_IN_JSON = re.compile(f"[{_UNSEEN}]")  # json.dumps escapes the others


def plain(text: str) -> str:
    r"""A text with its control characters written out; tabs and line ends stay.

    Bytes of a file name that are no UTF-8 become `\xff`, as Python gives them.

    Example:
        >>> plain("red \x1b[31m alert")
        'red \\x1b[31m alert'
    """
    return _CONTROL.sub(_written, text)


def one_line(text: str) -> str:
    r"""As `plain`, with tabs and line ends written out, too.

    Example:
        >>> one_line("a\nb")
        'a\\nb'
    """
    return plain(text).replace("\t", r"\t").replace("\n", r"\n")


def json_text(value: Any, **form: Any) -> str:
    r"""JSON that reads well and holds no control character raw; what it says is the same.

    Args:
        value: Value of JSON types.
        form: Arguments of `json.dumps`.

    Example:
        >>> json_text({"a": "größer \x9b1m"})
        '{"a": "größer \\u009b1m"}'
    """
    text = json.dumps(value, ensure_ascii=False, **form)
    return _IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _written(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that `os.fsdecode` could not read
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
