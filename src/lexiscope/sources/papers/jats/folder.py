"""`JatsSource`: a folder of articles -> a draft for every figure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from lexiscope.core.case import Provenance, Scalar
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.passage import Passage
from lexiscope.sources.draft import Draft, ImageFile, Rejected, Unread
from lexiscope.sources.papers.figures import refine
from lexiscope.sources.papers.jats.article import Article, Figure, read_articles
from lexiscope.sources.papers.jats.files import XML_SUFFIXES, FigureFiles, figure_files
from lexiscope.sources.papers.paper_files import figure_passages, paper_files, pmcid_in, root_of, starts_with
from lexiscope.sources.paths import inside
from lexiscope.sources.unread import with_unread

_ARTICLE = re.compile(rb"<(?:[\w.-]+:)?(article|pmc-articleset)[\s>]")
_SNIFFED = 16 << 10  # bytes that may come before the root element: declaration, DOCTYPE, comments


@dataclass(frozen=True, slots=True)
class JatsSource:
    """One case a figure of every article: its image, its caption and the paragraphs that mention it.

    Args:
        path: XML of an article, its folder, or a folder of article folders (two levels deep).
        licence: Licence of cases that state none.
        panels: Cut each figure into the panels that its caption names, and make every panel a case of its own.
        scale_bars: Read the scale bars of figures for the size of a pixel; needs the extra `ocr`.
    """

    name: ClassVar[str] = "jats"

    path: Path
    licence: str = field(default="unknown", kw_only=True)
    panels: bool = field(default=False, kw_only=True)
    scale_bars: bool = field(default=False, kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """Some .xml or .nxml file in it has the root `<article>`."""
        return any(starts_with(file, _ARTICLE, within=_SNIFFED) for file in paper_files(path, XML_SUFFIXES))

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a figure, articles in the order of their paths, figures in the order of the XML.

        Raises:
            UsageError: there is no XML file at `path`.
        """
        files = paper_files(self.path, XML_SUFFIXES)
        if not files:
            raise UsageError(f"expected article XML (.xml, .nxml) at {self.path} or two levels below, found none")
        items = with_unread(self._drafts(files), self.path, reader=self.name, besides=(".pdf",))
        return refine(items, panels=self.panels, scale_bars=self.scale_bars)

    def _drafts(self, files: list[Path]) -> Iterator[Draft | Rejected]:
        owners = [file.parent for file in files]
        for file in files:
            try:
                inside(root_of(self.path), str(file.relative_to(root_of(self.path))))
                articles = read_articles(file)
            except SourceError as error:
                yield Rejected(str(file), str(error), error.remedy)
                continue
            if not any(article.figures for article in articles):
                yield _without_figures(file, articles)
            alone = owners.count(file.parent) == 1 and len(articles) == 1
            images = figure_files(file.parent, numbered=alone) if articles else None
            for number, article in enumerate(articles, start=1):
                paper = _paper_id(article, file, number if len(articles) > 1 else 0)
                yield from self._of_article(article, paper, file, images)

    def _of_article(
        self, article: Article, paper: str, file: Path, images: FigureFiles | None
    ) -> Iterator[Draft | Rejected]:
        for figure in article.figures:
            origin = images.find(figure) if images else None
            try:
                image = inside(root_of(self.path), str(origin.relative_to(root_of(self.path)))) if origin else None
            except SourceError as error:
                yield Rejected(str(origin), str(error), error.remedy)
                image = None
            draft = self._draft(article, figure, paper, file, image)
            yield _noted(draft, *images.notes(figure)) if images and image else draft

    def _draft(self, article: Article, figure: Figure, paper: str, file: Path, image: Path | None) -> Draft:
        where = {"fig": figure.id, "label": figure.label, "doi": article.doi, "pmcid": article.pmcid}
        where |= {"section": figure.section, "language": figure.language}
        wanted = ", ".join(figure.graphics) or figure.id
        return Draft(
            id=f"{paper}-{figure.id}",
            group=paper,
            provenance=Provenance(
                source=self.name,
                licence=figure.licence or (article.licence if article.states_licence else self.licence),
                locator={"file": str(file.relative_to(root_of(self.path))), **{k: v for k, v in where.items() if v}},
                steps=(
                    *figure.steps,
                    *(() if image else (f"no image file for {wanted}",)),
                    *self._licence_steps(article, figure),
                ),
            ),
            images={"figure": ImageFile(image)} if image else {},
            texts=_passages(figure),
            attributes=_facts(article),
            files=(file,),
        )

    def _licence_steps(self, article: Article, figure: Figure) -> Iterator[str]:
        if figure.licence is not None and figure.licence != article.licence:
            yield "the figure states rights of its own, so the licence of the paper may not hold"
        elif self.licence != "unknown" and article.states_licence and article.licence == "unknown":
            yield f"the article states rights that are no known licence, so {self.licence} was not written down"


def _passages(figure: Figure) -> tuple[Passage, ...]:
    """Caption of the figure, that of its group, and its mentions."""
    own = figure_passages(figure.caption, ())
    group = (Passage("caption", figure.group_caption, column="figure caption"),) if figure.group_caption else ()
    return (*own, *group, *figure_passages("", figure.mentions))


def _without_figures(file: Path, articles: list[Article]) -> Unread:
    if articles:
        return Unread(str(file), "article XML without a figure", "look whether the article has any", (file,))
    return Unread(
        str(file), "XML that holds no <article> of JATS", "convert it to JATS, or leave it if it is no paper", (file,)
    )


def _noted(draft: Draft, *steps: str) -> Draft:
    """Draft with more steps in its provenance."""
    return replace(draft, provenance=replace(draft.provenance, steps=(*draft.provenance.steps, *steps)))


def _facts(article: Article) -> dict[str, Scalar]:
    year = int(article.year) if article.year.isdecimal() else article.year
    facts: dict[str, Scalar] = {"article_title": article.title, "journal": article.journal, "year": year}
    return {name: fact for name, fact in facts.items() if fact != ""}


def _paper_id(article: Article, file: Path, number: int) -> str:
    """Id of a paper by itself, or by the file that holds it: its number counts where the file holds several."""
    if number:
        return article.pmcid or article.doi or f"{file.stem}-{number}"
    return article.pmcid or pmcid_in([file.parent.name]) or article.doi or file.stem
