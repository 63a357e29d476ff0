"""`pdf`: papers as PDF files alone -> one case a figure: the rendered region, its caption, what is written about it.

`document` opens a file within limits; `lines` reads its text with places; `blocks` tells prose from labels; `captions`
finds captions; `regions` finds the part of the page that belongs to each; `reading` has paragraphs, sections, licence
and DOI; `source` makes drafts. All of it is untrusted input.
"""

from lexiscope.sources.papers.pdf.source import PdfSource

__all__ = ["PdfSource"]
