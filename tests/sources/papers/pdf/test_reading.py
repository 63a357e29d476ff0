"""Paragraphs under their sections, joined across columns; title, DOI and licence as printed."""

import pytest

from lexiscope.sources.papers.jats.mentions import FigureName
from lexiscope.sources.papers.pdf.blocks import find_blocks, find_layout
from lexiscope.sources.papers.pdf.lines import Line
from lexiscope.sources.papers.pdf.reading import mentions_of, read_paper_facts, read_paragraphs


def line(text, *, top, left=50.0, size=10.0, page=0, bold=False, width=240.0):
    return Line(text, (left, top, left + width, top + size), page, size, "Bold" if bold else "Times", bold)


def column(texts, *, top, left=50.0, page=0):
    return [line(text, top=top + 12 * row, left=left, page=page) for row, text in enumerate(texts)]


FIRST = [
    "Glass breaks along its edges, as we show for",
    "one specimen in Fig. 1, and it does so where it is",
    "not heated for a long time and then cooled again,",
    "as many others of its kind and of its age, very",
]
SECOND = [
    "thin and cold. This is what others found, too, in",
    "glasses of another make. It was heated before that",
    "for one whole hour and then left in the oven until",
    "the next day, when we took it out and looked at it.",
]


def paragraphs(lines, taken=()):
    return read_paragraphs(find_blocks(lines), find_layout(lines, height=800.0), taken=taken)


def test_a_sentence_goes_on_in_the_next_column():
    lines = [
        line("Results", top=80.0, bold=True, width=40.0),
        *column(FIRST, top=100.0),
        *column(SECOND, top=100.0, left=310.0),
    ]
    (found,) = paragraphs(lines)
    assert (found.section, found.text) == ("Results", " ".join([*FIRST, *SECOND]))
    assert mentions_of(FigureName("fig", "", 1), [found, found]) == [found]
    assert mentions_of(FigureName("fig", "", 2), [found]) == []


def test_a_heading_begins_a_paragraph_and_references_end_the_text():
    lines = [
        *column(SECOND, top=100.0),
        line("Discussion", top=180.0, bold=True, width=60.0),
        *column(["Others found the same, but", *SECOND], top=200.0),
        line("References", top=300.0, bold=True, width=60.0),
        *column(FIRST, top=320.0),
    ]
    assert [found.section for found in paragraphs(lines)] == ["", "Discussion"]


def test_captions_and_running_heads_are_left_out():
    lines = [*column(SECOND, top=100.0), *column(SECOND, top=300.0), line("J. Glass 12 (2020)", top=20.0, width=90.0)]
    assert len(paragraphs(lines, taken=[(0, (50.0, 295.0, 290.0, 330.0))])) == 1


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("under the Creative Commons Attribution 4.0 International License", "CC BY 4.0"),
        ("see http://creativecommons.org/licenses/by-nc/ 4.0 for a copy", "CC BY-NC 4.0"),
        ("CC BY-SA 3.0", "CC BY-SA 3.0"),
        ("all rights reserved", "unknown"),
    ],
)
def test_licences_as_printed(text, licence):
    assert read_paper_facts([], first_page=text, stated_title="").licence == licence


def test_title_and_doi_of_the_first_page():
    lines = [
        line("Research Article", top=40.0, size=8.0, width=90.0),
        line("Grains of rolled steel under heat", top=60.0, size=18.0, width=400.0),
        *column(FIRST, top=120.0),
        line("doi: 10.1234/steel.2020.7.", top=200.0, width=150.0),
    ]
    facts = read_paper_facts(find_blocks(lines), first_page="doi: 10.1234/steel.2020.7.", stated_title="draft")
    assert (facts.title, facts.doi) == ("Grains of rolled steel under heat", "10.1234/steel.2020.7")
    assert read_paper_facts([], first_page="", stated_title="Stated").title == "Stated"
