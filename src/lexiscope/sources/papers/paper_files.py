"""Files of papers below a folder, their ids, and the texts of a figure; the same for papers as XML and as PDF."""

import re
from collections.abc import Iterable
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.core.passage import Passage
from lexiscope.sources.steady import open_input

_DEPTHS = ("*", "*/*", "*/*/*")
_PMCID = re.compile(r"PMC\d+")


def paper_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Files with one of the suffixes in a folder and two levels below, by path; or the file itself."""
    if path.is_file():
        return [path] if path.name.lower().endswith(suffixes) else []
    return sorted(file for depth in _DEPTHS for file in path.glob(depth) if file.name.lower().endswith(suffixes))


def root_of(path: Path) -> Path:
    """Folder that files of a source must lie in: the source's folder, or that of its only file.

    Example:
        >>> root_of(Path("papers/a.xml")).as_posix()
        'papers'
    """
    return path if path.is_dir() else path.parent


def starts_with(path: Path, pattern: re.Pattern[bytes], *, within: int) -> bool:
    """True when a pattern stands in the first `within` bytes of a file; False for what cannot be read."""
    try:
        with open_input(path) as stream:
            return pattern.search(stream.read(within)) is not None
    except SourceError:
        return False


def pmcid_in(names: Iterable[str]) -> str:
    """First name that is an id of PubMed Central; empty where none is.

    Example:
        >>> pmcid_in(["main", "PMC7198556"])
        'PMC7198556'
    """
    return next((name for name in names if _PMCID.fullmatch(name)), "")


def figure_passages(caption: str, mentions: Iterable[str]) -> tuple[Passage, ...]:
    """Caption of a figure, if it has one, and the paragraphs that mention it.

    Example:
        >>> [(text.kind, text.text) for text in figure_passages("Grains.", ["See Fig. 1."])]
        [('caption', 'Grains.'), ('mention', 'See Fig. 1.')]
    """
    head = (Passage("caption", caption, column="caption"),) if caption else ()
    return (*head, *(Passage("mention", mention, column="mention") for mention in mentions))
