"""`escape`: text of strangers in a Markdown file, as text and nothing else."""

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
