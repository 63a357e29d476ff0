"""`sources_table`: the table of sources in docs/start.md, written from the sources themselves.

python -m lexiscope.sources.page
"""

import re
import sys
from inspect import cleandoc

from lexiscope.sources import SOURCES


def sources_table() -> str:
    """Markdown table of what each source reads and what becomes a case.

    Example:
        >>> print(sources_table().splitlines()[0])
        | what you have | source | what becomes a case |
    """
    rows = ["| what you have | source | what becomes a case |", "|---|---|---|"]
    for name, source in SOURCES.load_all().items():
        path, case = _described(source)
        rows.append(f"| {path} | `{name}` | {case} |")
    return "\n".join(rows) + "\n"


def _described(source: type) -> tuple[str, str]:
    """Texts of a source's path and of its cases: the first sentences of both in its docstring."""
    text = cleandoc(source.__doc__ or "")
    case = text.partition("\n\n")[0].removeprefix("One case ").removeprefix("a ").removeprefix("an ")
    path = re.search(r"^    path: (.*?)(?=^    \w+: |\Z)", text.partition("Args:\n")[2], re.DOTALL | re.MULTILINE)
    return _sentence(path[1] if path else ""), _sentence(case)


def _sentence(text: str) -> str:
    first = re.split(r"\.(?:\s|$)", " ".join(text.split()))[0]
    return first[:1].upper() + first[1:]


if __name__ == "__main__":
    sys.stdout.write(sources_table())
