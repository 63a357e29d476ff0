"""Names of structures in other words, and names of structures that are not meant."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

_SHORTEST = 4  # letters of a word that may tell a structure


def wordings(structure: str) -> tuple[str, ...]:
    """Ways to ask for a structure, its plain name first: sentences of the table around each of its names.

    Args:
        structure: Name as a mask has it, such as "thermally_grown_oxide".

    Example:
        >>> wordings("renal_cyst")[:2]
        ('renal cyst', 'the renal cyst')
    """
    names = (plain(structure), *(name for name in _names_of(structure) if name != plain(structure)))
    made = [wording.format(name) for name in names for wording in _table()["wordings"]]
    return tuple(dict.fromkeys(made))


def foreign_wordings(structures: Sequence[str]) -> tuple[str, ...]:
    """Ways to ask for structures of the table that none of `structures` is.

    Example:
        >>> any("liver" in sentence for sentence in foreign_wordings(["liver"]))
        False
    """
    known = {name for structure in structures for name in (plain(structure), *_names_of(structure))}
    foreign = [row for row in _table()["structures"] if not known & set(row) and not _overlaps(row, known)]
    made = [wording.format(name) for row in foreign for name in row for wording in _table()["wordings"]]
    return tuple(dict.fromkeys(made))


def plain(structure: str) -> str:
    """A name in words.

    Example:
        >>> plain("thermally_grown_oxide")
        'thermally grown oxide'
    """
    return " ".join(structure.replace("_", " ").split())


def _names_of(structure: str) -> list[str]:
    """All names of the table's row that has the structure's name."""
    name = plain(structure).casefold()
    return [other for row in _table()["structures"] if name in (one.casefold() for one in row) for other in row]


def _overlaps(row: Sequence[str], known: set[str]) -> bool:
    """True where a name of a row is a part of a known one, or the other way: a kidney tumour is no foreign tumour."""
    telling = {word for name in known for word in name.casefold().split() if len(word) >= _SHORTEST}
    return any(row[0].casefold() in name.casefold() for name in known) or row[0].casefold() in telling


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = files("lexiscope.language.words").joinpath("structures.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    return table
