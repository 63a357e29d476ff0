"""Lines of pages that a program wrote: words, places, sizes, print, and nothing twice."""

import pytest

from lexiscope.simulate.pdf import PdfPage, write_pdf
from lexiscope.sources.papers.pdf.document import open_page, open_pdf
from lexiscope.sources.papers.pdf.lines import read_page
from lexiscope.sources.papers.pdf.places import area, overlap, union


def lines_of(folder, *texts):
    path = write_pdf(folder / "a.pdf", [PdfPage(list(texts))])
    with open_pdf(path) as document, open_page(document, 0) as page:
        return read_page(page, 0).lines


def test_a_line_has_its_words_place_size_and_print(tmp_path):
    plain, bold = lines_of(tmp_path, (72, 100, 10, "Grains of glass", False), (72, 140, 14, "Results", True))
    assert (plain.text, plain.page, plain.bold) == ("Grains of glass", 0, False)
    assert plain.box[0] == pytest.approx(72, abs=2)
    assert plain.box[1] < 100 < plain.box[3] + 1
    assert (bold.text, bold.bold) == ("Results", True)
    assert bold.size > plain.size


def test_columns_on_one_band_stay_apart(tmp_path):
    texts = [
        line.text
        for line in lines_of(tmp_path, (72, 100, 10, "left words", False), (320, 100, 10, "right words", False))
    ]
    assert texts == ["left words", "right words"]


def test_pieces_beside_each_other_are_one_line(tmp_path):
    (line,) = lines_of(tmp_path, (72, 100, 10, "Grains", False), (108, 100, 10, "grow", False))
    assert line.text == "Grains grow"


def test_a_shadow_is_not_read_twice(tmp_path):
    assert len(lines_of(tmp_path, (72, 100, 10, "Grains", False), (72.5, 100.5, 10, "Grains", False))) == 1
    assert len(lines_of(tmp_path, (72, 100, 10, "Grains", False), (72, 150, 10, "Grains", False))) == 2


def test_boxes_by_hand():
    assert union((0, 0, 1, 1), (2, 3, 4, 5), (1, 1, 2, 2)) == (0, 0, 4, 5)
    assert overlap((0, 0, 2, 2), (2, 0, 3, 1)) is None  # edges that touch share nothing
    assert area(overlap((0, 0, 4, 4), (1, 1, 9, 3))) == 6


def test_letters_without_height_are_no_text(tmp_path):
    flat = [(72, 120 + n, 0.001, "A line that nobody can see here", False) for n in range(3)]
    assert [line.text for line in lines_of(tmp_path, (72, 100, 10, "Grains of glass", False), *flat)] == [
        "Grains of glass"
    ]
