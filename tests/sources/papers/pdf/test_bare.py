"""pdfium's functions called with plain addresses say what they say with typed pointers."""

import pypdfium2.raw as pdfium

from lexiscope.sources.papers.pdf.bare import address, bare
from lexiscope.sources.papers.pdf.document import open_page, open_pdf
from lexiscope.testing.pdf import PdfPage, write_pdf


def test_addresses_stand_for_pointers(tmp_path):
    path = write_pdf(tmp_path / "a.pdf", [PdfPage([(50, 100, 10, "Glass", False)])])
    with open_pdf(path) as document, open_page(document, 0) as page:
        item = bare("FPDFPage_GetObject")(address(page.raw), 0)
        assert item == address(pdfium.FPDFPage_GetObject(page, 0))
        assert bare("FPDFPageObj_GetType")(item) == pdfium.FPDF_PAGEOBJ_TEXT
        assert bare("FPDFPage_GetObject")(address(page.raw), 99) == 0
