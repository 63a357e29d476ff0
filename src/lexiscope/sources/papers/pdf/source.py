"""`PdfSource`: a paper, or a folder of papers, as PDF -> a draft for every figure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Draft, ImageFile, Rejected, Unread
from lexiscope.sources.papers.credits import credits_others
from lexiscope.sources.papers.figures import refine
from lexiscope.sources.papers.figures.encode import png
from lexiscope.sources.papers.paper_files import figure_passages, paper_files, pmcid_in, root_of, starts_with
from lexiscope.sources.papers.pdf.paper import Paper, PdfFigure, read_paper
from lexiscope.sources.paths import inside
from lexiscope.sources.unread import with_unread

_SUFFIXES = (".pdf",)
_MAGIC = re.compile(b"%PDF-")
_SNIFFED = 1024  # bytes before which the magic may stand (ISO 32000-1, implementation note 13)


@dataclass(frozen=True, slots=True)
class PdfSource:
    """One case a figure: the region of the page beside a caption, the caption and the paragraphs that mention it.

    Args:
        path: PDF file, or a folder of them (two levels deep).
        licence: Licence of cases that state none.
        panels: Cut each figure into the panels that its caption names, and make every panel a case of its own.
        scale_bars: Read the scale bars of figures for the size of a pixel; needs the extra `ocr`.
    """

    name: ClassVar[str] = "pdf"

    path: Path
    licence: str = field(default="unknown", kw_only=True)
    panels: bool = field(default=False, kw_only=True)
    scale_bars: bool = field(default=False, kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """Some .pdf file in it starts like one."""
        return any(starts_with(file, _MAGIC, within=_SNIFFED) for file in paper_files(path, _SUFFIXES))

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a figure, papers in the order of their paths, figures in the order of the file.

        Raises:
            UsageError: there is no PDF file at `path`.
        """
        files = paper_files(self.path, _SUFFIXES)
        if not files:
            raise UsageError(f"expected PDF files (.pdf) at {self.path} or two levels below, found none")
        items = with_unread(self._drafts(files), self.path, reader=self.name)
        return refine(items, panels=self.panels, scale_bars=self.scale_bars)

    def _drafts(self, files: list[Path]) -> Iterator[Draft | Rejected]:
        for file in files:
            try:
                paper = read_paper(inside(root_of(self.path), str(file.relative_to(root_of(self.path)))))
            except SourceError as error:
                yield Rejected(str(file), str(error), error.remedy)
                continue
            for page in paper.bad_pages:
                reason = f"page {page.number + 1} of {paper.pages}: {page.reason}"
                yield Rejected(str(file), reason, page.remedy)
            if not paper.figures and not paper.bad_pages:
                yield Unread(
                    str(file), "no figure with a caption was found in this PDF", "look whether it has any", (file,)
                )
            for figure in paper.figures:
                yield self._draft(paper, figure, file)

    def _draft(self, paper: Paper, figure: PdfFigure, file: Path) -> Draft:
        where = str(file.relative_to(root_of(self.path)))
        group = _paper_id(paper, file, where)
        facts = paper.facts
        locator: dict[str, str | int | list[float]] = {"file": where, "page": figure.page + 1, "label": figure.label}
        if figure.region is not None:
            locator["bbox_pt"] = [round(edge, 1) for edge in figure.region.box]
        if facts.doi:
            locator["doi"] = facts.doi
        if figure.mentions and figure.mentions[0].section:
            locator["section"] = figure.mentions[0].section
        licence = self.licence if facts.licence == "unknown" else facts.licence
        credited = credits_others(figure.caption)
        return Draft(
            id=f"{group}-{figure.name.kind}{figure.name.series}{figure.name.number}",
            group=group,
            provenance=Provenance(
                source=self.name,
                licence="unknown" if credited else licence,
                locator=locator,
                steps=tuple(_steps(figure, credited=credited)),
            ),
            images={} if figure.region is None else {"figure": ImageFile(png(figure.region.pixels))},
            texts=figure_passages(figure.caption, [mention.text for mention in figure.mentions]),
            attributes={"article_title": facts.title} if facts.title else {},
            files=(file,),
        )


def _paper_id(paper: Paper, file: Path, where: str) -> str:
    return pmcid_in([file.stem, file.parent.name]) or paper.facts.doi or where.removesuffix(file.suffix)


def _steps(figure: PdfFigure, *, credited: bool) -> Iterator[str]:
    if figure.region is None:
        yield "nothing drawn was found beside the caption"
    else:
        yield "rendered from the page at 216 dots an inch"
    yield from figure.notes
    if credited:
        yield "the caption credits others, so the licence of the paper may not hold"
