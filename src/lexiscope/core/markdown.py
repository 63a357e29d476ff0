"""`escape` and `cell`: text of strangers, and of docstrings, in a Markdown file."""

import re

# They end a table's cell, or begin code, HTML, an entity, a link or emphasis.
_SPECIAL = re.compile(r"([\\|`<&\[\]*])")


def escape(value: object) -> str:
    r"""A value as one line of Markdown text, fit for a cell of a table.

    Example:
        >>> print(escape("a|b\n <i>"))
        a\|b \<i>
    """
    return _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def cell(text: str) -> str:
    r"""Text of a docstring as a cell of a table: what stands in backticks is code, all else text and nothing else.

    Example:
        >>> print(cell("x|y in `a[0]`,\n or [none]"))
        x\|y in `a[0]`, or \[none\]
    """
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:  # a backtick without its other half
        return escape(text)
    return "`".join(part.replace("|", "\\|") if n % 2 else _SPECIAL.sub(r"\\\1", part) for n, part in enumerate(parts))
