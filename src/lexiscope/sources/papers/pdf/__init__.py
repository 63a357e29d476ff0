"""`pdf`: papers as PDF files alone -> one case a figure: the rendered region, its caption, what is written about it.

`document` opens a file within limits; `places` says where things stand on a page, `shown` which of its text a page
shows; `letters` and `lines` read that text, without `line_numbers`; `blocks` tells prose from labels, `headings` what
opens a section; `captions` finds captions and `continuations` their rest; `regions` finds the part of the page that
belongs to each; `reading` has paragraphs, sections, licence and DOI; `source` makes drafts. All is untrusted input.
"""

from lexiscope.sources.papers.pdf.source import PdfSource

__all__ = ["PdfSource"]
