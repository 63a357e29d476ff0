"""Headings are known by name, or because they are set like those that are."""

import pytest

from lexiscope.sources.papers.pdf.blocks import Block, find_layout
from lexiscope.sources.papers.pdf.headings import find_headings, is_reference_list
from lexiscope.sources.papers.pdf.lines import Line

PROSE = "Glass breaks along its edges, as we show"


def line(text, *, top=300.0, font="Times", bold=False, page=1, width=240.0):
    return Line(text, (50.0, top, 50.0 + width, top + 10.0), page, 10.0, font, bold)


BODY = Block(tuple(line(PROSE, top=100 + 12 * row) for row in range(10)))
KNOWN = Block((line("Introduction", top=80.0, font="Times-Bold", width=60.0),))
HEADINGS = find_headings([KNOWN, BODY], find_layout(BODY.lines, height=800.0))


@pytest.mark.parametrize(
    "text",
    ["Introduction", "2. Materials and Methods", "RESULTS AND DISCUSSION", "IV. Conclusions", "Author contributions"],
)
def test_known_names_open_a_section_however_they_are_set(text):
    assert HEADINGS.split(Block((line(text), line(PROSE))))[0] == text


def test_others_are_known_by_the_print_of_the_known_ones():
    set_alike = Block((line("Growth of grains", font="Times-Bold", width=80.0), line(PROSE, top=312.0)))
    heading, rest = HEADINGS.split(set_alike)
    assert (heading, len(rest)) == ("Growth of grains", 1)
    italic = Block((line("Growth of grains", font="Times-Italic", width=80.0), line(PROSE, top=312.0)))
    assert HEADINGS.split(italic)[0] == ""


@pytest.mark.parametrize(
    "text", ["grains grow", "12", "Growth, of grains,", "We heat glass. Then we break it", "G" * 130]
)
def test_sentences_numbers_and_long_lines_are_none(text):
    assert HEADINGS.split(Block((line(text, font="Times-Bold"),)))[0] == ""


def test_print_of_the_title_page_before_the_first_section_is_none():
    first = find_headings(
        [Block((line("Introduction", top=400.0, font="Times-Bold", page=0),)), BODY],
        find_layout(BODY.lines, height=800.0),
    )
    title = Block((line("Grains of glass", top=60.0, font="Times-Bold", page=0),))
    assert first.split(title)[0] == ""
    assert first.split(Block((line("Grains of glass", top=500.0, font="Times-Bold", page=0),)))[0] == "Grains of glass"


@pytest.mark.parametrize(
    ("text", "opens"),
    [("References", True), ("7. References and notes", True), ("BIBLIOGRAPHY", True), ("References to glass", False)],
)
def test_the_list_of_references_ends_the_text(text, opens):
    assert is_reference_list(text) is opens
