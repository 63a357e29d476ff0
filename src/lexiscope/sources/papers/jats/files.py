"""The image file of a figure: by the name that the XML gives it, else by the figure's number."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from lexiscope.core.errors import SourceError
from lexiscope.sources.papers.jats.article import Figure
from lexiscope.sources.pixels import IMAGE_SUFFIXES, read_header

XML_SUFFIXES = (".xml", ".nxml")
LEFT_OUT = "more pictures of this figure were left out"  # in the steps of a case that shows only a part of it
_NUMBERED = re.compile(r"fig(?:ure|\.)?[ _-]?0*(?P<number>\d{1,3})[ _-]?(?P<panel>[a-h]?)", re.IGNORECASE)
_PANEL = re.compile(r"\((?P<panel>[a-z])\)$")


@dataclass(frozen=True, slots=True)
class FigureFiles:
    """The image files of one article.

    Args:
        folder: Folder that holds the article's XML.
        by_stem: Files by their names without image suffix, in lower case.
        by_number: Files called like "fig03.jpg" or "Figure_3b.png", by number and letter.
    """

    folder: Path
    by_stem: Mapping[str, tuple[Path, ...]]
    by_number: Mapping[tuple[int, str], Path]

    def find(self, figure: Figure) -> Path | None:
        """The image of `figure`: its first graphic that has a file, else the file that is called by its number."""
        by_name = next((path for href in figure.graphics if (path := self._best(href)) is not None), None)
        if by_name is not None or figure.name is None or figure.name.kind != "fig" or figure.name.series:
            return by_name
        panel = _PANEL.search(figure.label)
        return self.by_number.get((figure.name.number, panel["panel"] if panel else ""))

    def notes(self, figure: Figure) -> tuple[str, ...]:
        """What was left out beside the image that `find` gives: other graphics, and other files of its name."""
        chosen = self.find(figure)
        if chosen is None:
            return ()
        others = [href for href in figure.graphics if chosen not in self._called(href)]
        steps = []
        if others and len(others) < len(figure.graphics):
            steps.append(f"{len(others)} {LEFT_OUT}: {', '.join(others)}")
        same = [path.relative_to(self.folder).as_posix() for path in self._called(chosen.name) if path != chosen]
        if same:
            steps.append(f"{chosen.name} was taken; other files of its name were left out: {', '.join(same)}")
        return tuple(steps)

    def _called(self, href: str) -> tuple[Path, ...]:
        """Files of a name; of an address of the web, those of its last part without the query behind it."""
        spellings = (href, unquote(re.split(r"[?#]", href)[0]))
        return next((found for name in spellings if (found := self.by_stem.get(stem_of(name), ()))), ())

    def _best(self, href: str) -> Path | None:
        """File at the very path that the XML names, else the one with the most pixels, the first of equals."""
        paths = self._called(href)
        if len(paths) < 2:
            return next(iter(paths), None)
        own = href.replace("\\", "/").removeprefix("./").lower()
        return max(
            paths, key=lambda path: (_closeness(path.relative_to(self.folder).as_posix().lower(), own), _size(path))
        )


def figure_files(folder: Path, *, numbered: bool) -> FigureFiles:
    """The image files of an article's folder and below; folders that hold XML of their own belong to other articles.

    Args:
        folder: Folder that holds the article's XML.
        numbered: Trust names like "fig03.jpg": only where one article owns the folder.
    """
    by_stem: dict[str, tuple[Path, ...]] = {}
    by_number: dict[tuple[int, str], Path] = {}
    for path in _images(folder):
        stem = stem_of(path.name)
        by_stem[stem] = (*by_stem.get(stem, ()), path)
        if numbered and (match := _NUMBERED.fullmatch(stem)):
            by_number.setdefault((int(match["number"]), match["panel"].lower()), path)
    return FigureFiles(folder, by_stem, by_number)


def _closeness(path: str, href: str) -> int:
    """2 for the path that is named, 1 for one that ends with it or differs by its suffix alone, 0 for any other."""
    if path == href:
        return 2
    named = "/" in href and (path.endswith(f"/{href}") or _bare(path) == _bare(href))
    return int(named)


def _bare(path: str) -> str:
    return path.rpartition("/")[0] + "/" + stem_of(path)


def _size(path: Path) -> int:
    """Pixels of a picture; none of a file that is no picture."""
    try:
        return math.prod(read_header(path).shape)
    except SourceError:
        return 0


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
