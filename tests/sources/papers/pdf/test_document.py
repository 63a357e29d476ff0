"""A PDF is opened within limits, or refused with the reason and what to do."""

import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.simulate.pdf import PdfPage, write_pdf
from lexiscope.sources.papers.pdf import document as room
from lexiscope.sources.papers.pdf.document import SCALE, open_page, open_pdf, rendered


@pytest.fixture
def path(tmp_path):
    return write_pdf(tmp_path / "a.pdf", [PdfPage(boxes=[((100.0, 200.0, 300.0, 400.0), 0.5)])] * 2)


def test_a_page_is_rendered_where_things_stand(path):
    with open_pdf(path) as document, open_page(document, 1) as page:
        pixels = rendered(page)
    assert pixels.shape == (842 * SCALE, 595 * SCALE, 3)
    assert 100 < pixels[300 * SCALE, 200 * SCALE].mean() < 160
    assert (pixels[100 * SCALE, 200 * SCALE] == 255).all()
    rows = np.flatnonzero((pixels < 200).any(axis=(1, 2)))
    assert (rows[0] / SCALE, rows[-1] / SCALE) == pytest.approx((200, 400), abs=1)


@pytest.mark.parametrize(
    ("limit", "value", "reason"), [("MAX_BYTES", 100, "at most 100 bytes"), ("MAX_PAGES", 1, "has 2 pages")]
)
def test_limits_are_held(path, monkeypatch, limit, value, reason):
    monkeypatch.setattr(room, limit, value)
    with pytest.raises(SourceError, match=reason), open_pdf(path):
        pass


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"hello"])
def test_what_is_no_pdf_is_refused(tmp_path, data):
    (tmp_path / "b.pdf").write_bytes(data)
    with pytest.raises(SourceError, match="is no readable PDF"), open_pdf(tmp_path / "b.pdf"):
        pass
