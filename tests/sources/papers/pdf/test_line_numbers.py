"""Line numbers in a margin are taken out of the text; numbers that belong to it stay."""

import pytest

from lexiscope.simulate.pdf import PdfPage, write_pdf
from lexiscope.sources.papers.pdf.document import open_page, open_pdf
from lexiscope.sources.papers.pdf.lines import read_page

WORDS = "Glass was melted in a small crucible and held for several hours"


def text_of(folder, texts):
    path = write_pdf(folder / "a.pdf", [PdfPage(texts)])
    with open_pdf(path) as document, open_page(document, 0) as page:
        return read_page(page, 0)


def rows(count, *, pitch=24.0):
    return [(80.0, 100 + pitch * row, 10.0, WORDS, False) for row in range(count)]


@pytest.mark.parametrize("left", [40.0, 62.0, 520.0])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("first", [1, 96])
def test_numbers_that_count_the_lines_are_no_text(tmp_path, left, together, first):
    lines = rows(8)
    numbers = [(left, row[1], 8.0, str(first + place), False) for place, row in enumerate(lines)]
    mixed = [piece for pair in zip(numbers, lines, strict=True) for piece in pair]
    text = text_of(tmp_path, mixed if together else [*lines, *numbers])
    assert [line.text for line in text.lines] == [WORDS] * 8
    assert len(text.numbers) == 8


def test_every_fifth_line_may_be_counted(tmp_path):
    lines = rows(30, pitch=20.0)
    numbers = [(50.0, row[1], 8.0, str(5 * place + 5), False) for place, row in enumerate(lines[4::5])]
    assert {line.text for line in text_of(tmp_path, [*numbers, *lines]).lines} == {WORDS}


@pytest.mark.parametrize(
    "numbers",
    [["5", "10", "12", "31", "40", "42"], ["900", "901", "902"], ["1.", "2.", "3.", "4.", "5.", "6."]],
)
def test_other_numbers_stay(tmp_path, numbers):
    lines = rows(len(numbers))
    beside = [(50.0, row[1], 10.0, number, False) for number, row in zip(numbers, lines, strict=True)]
    text = text_of(tmp_path, [*beside, *lines])
    assert text.numbers == []
    assert all(number in text.words for number in numbers)


def test_ticks_of_an_axis_within_the_text_are_no_line_numbers(tmp_path):
    ticks = [(200.0, 100 + 24.0 * row, 8.0, str(row), False) for row in range(8)]
    around = [(left, 100 + 24.0 * row, 10.0, "words here", False) for row in range(8) for left in (80.0, 320.0)]
    assert text_of(tmp_path, [*ticks, *around]).numbers == []
