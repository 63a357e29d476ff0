"""The image file of a figure: by the name that the XML gives it, else by the figure's number."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lexiscope.sources.papers.jats.article import Figure
from lexiscope.sources.pixels import IMAGE_SUFFIXES

XML_SUFFIXES = (".xml", ".nxml")
_NUMBERED = re.compile(r"fig(?:ure|\.)?[ _-]?0*(\d{1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FigureFiles:
    """The image files of one article.

    Args:
        by_stem: File names without image suffix, in lower case.
        by_number: Files called like "fig03.jpg" or "Figure_3.png".
    """

    by_stem: dict[str, Path]
    by_number: dict[int, Path]

    def find(self, figure: Figure) -> Path | None:
        """The image of `figure`: its first graphic that has a file, else the file that is called by its number."""
        named = (self.by_stem.get(stem_of(href)) for href in figure.graphics)
        by_name = next((path for path in named if path is not None), None)
        if by_name is not None or figure.name is None or figure.name.kind != "fig" or figure.name.series:
            return by_name
        return self.by_number.get(figure.name.number)


def figure_files(folder: Path, *, numbered: bool) -> FigureFiles:
    """The image files of an article's folder and below; folders that hold XML of their own belong to other articles.

    Args:
        folder: Folder that holds the article's XML.
        numbered: Trust names like "fig03.jpg": only where one article owns the folder.
    """
    paths = list(_images(folder))
    stems = {stem_of(path.name): path for path in reversed(paths)}
    if not numbered:
        return FigureFiles(stems, {})
    return FigureFiles(stems, _by_number(paths))


def stem_of(name: str) -> str:
    """A file name in lower case without its folders and image suffix.

    Example:
        >>> stem_of("figures/fonc.2019.g001.JPG")
        'fonc.2019.g001'
    """
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    suffix = next((suffix for suffix in IMAGE_SUFFIXES if base.endswith(suffix)), "")
    return base.removesuffix(suffix)


def _images(folder: Path) -> Iterator[Path]:
    for directory, folders, names in os.walk(folder):
        here = Path(directory)
        if here != folder and any(is_xml_name(name) for name in names):
            folders.clear()
            continue
        folders.sort()
        yield from (here / name for name in sorted(names) if name.lower().endswith(IMAGE_SUFFIXES))


def is_xml_name(name: str) -> bool:
    """True when a file is called like article XML.

    Example:
        >>> is_xml_name("paper.NXML"), is_xml_name("paper.pdf")
        (True, False)
    """
    return name.lower().endswith(XML_SUFFIXES)


def _by_number(paths: Iterable[Path]) -> dict[int, Path]:
    numbered: dict[int, Path] = {}
    for path in paths:
        if match := _NUMBERED.fullmatch(stem_of(path.name)):
            numbered.setdefault(int(match[1]), path)
    return numbered
