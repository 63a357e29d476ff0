"""Texts of docstrings: the help of the command line and the reference pages are made from them."""

import re
from inspect import cleandoc

_ENTRY = re.compile(r"(?P<indent> +)(?P<name>\w+): (?P<text>.*)")


def summary_of(docstring: str | None) -> str:
    """First line of a docstring.

    Example:
        >>> summary_of("Count the grains.\\n\\nArgs: ...")
        'Count the grains.'
    """
    return cleandoc(docstring or "").partition("\n")[0].strip()


def description_of(docstring: str | None) -> str:
    """Docstring up to its sections (Args, Raises, Example): what a person reads.

    Example:
        >>> description_of("Count the grains.\\n\\nAll of them.\\n\\nArgs:\\n    n: Their number.")
        'Count the grains.\\n\\nAll of them.'
    """
    return re.split(r"\n\s*\n?(?:Args|Raises|Returns|Example|Examples):\n", cleandoc(docstring or ""))[0].strip()


def argument_texts(docstring: str | None) -> dict[str, str]:
    """Name of an argument -> its text in the `Args:` section of a Google docstring, on one line.

    Example:
        >>> argument_texts("Count the grains.\\n\\nArgs:\\n    n: Their number,\\n        at most.\\n    seed: Draws.")
        {'n': 'Their number, at most.', 'seed': 'Draws.'}
    """
    texts: dict[str, str] = {}
    name = ""
    for line in _section(cleandoc(docstring or "")):
        entry = _ENTRY.fullmatch(line)
        if entry and len(entry["indent"]) == 4:
            name = entry["name"]
            texts[name] = entry["text"].strip()
        elif name:
            texts[name] = f"{texts[name]} {line.strip()}"
    return texts


def inherited_texts(kind: type) -> dict[str, str]:
    """Texts of the arguments of a class by their names, those of the classes it inherits from included.

    Example:
        >>> class Beam:
        ...     '''Beam.
        ...
        ...     Args:
        ...         width: Millimetres.
        ...     '''
        >>> class Long(Beam):
        ...     '''Long beam.
        ...
        ...     Args:
        ...         length: Metres.
        ...     '''
        >>> inherited_texts(Long)
        {'width': 'Millimetres.', 'length': 'Metres.'}
    """
    texts: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        texts |= argument_texts(one.__doc__)
    return texts


def _section(docstring: str) -> list[str]:
    """Lines of the `Args:` section."""
    _, _, after = docstring.partition("\nArgs:\n")
    lines = []
    for line in after.splitlines():
        if not line.startswith(" "):
            break
        lines.append(line)
    return lines
