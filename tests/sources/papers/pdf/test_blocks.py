"""Lines become blocks, and blocks of prose are told from labels, equations and running heads."""

from lexiscope.sources.papers.pdf.blocks import find_blocks, find_layout, is_marginal, is_prose, joined_text
from lexiscope.sources.papers.pdf.lines import Line

HEIGHT = 800.0
PROSE = "Glass breaks along its edges, as we show"


def line(text, *, top=100.0, left=50.0, width=240.0, size=10.0, page=0, font="Times", bold=False):
    return Line(text, (left, top, left + width, top + size), page, size, font, bold)


def paragraph(count, *, top=100.0, left=50.0, **fields):
    return [line(PROSE, top=top + 12 * row, left=left, **fields) for row in range(count)]


LAYOUT = find_layout([*paragraph(10), *paragraph(10, left=310.0)], height=HEIGHT)


def test_the_layout_is_that_of_most_text():
    lines = [*paragraph(10), *paragraph(10, left=310.0), line("A heading that is rather long", size=16, font="Bold")]
    layout = find_layout(lines, height=HEIGHT)
    assert (layout.size, layout.font, layout.column) == (10.0, "Times", 240.0)
    assert [round(edge) for edge in layout.edges] == [51, 309]
    assert layout.at_edge(line("x", left=318.0))
    assert not layout.at_edge(line("x", left=200.0))


def test_a_paper_without_text_has_a_layout():
    assert find_layout([], height=HEIGHT).size == 10.0


def test_blocks_end_at_gaps_sizes_columns_and_pages():
    lines = [
        *paragraph(3),
        *paragraph(2, top=160.0),
        line("Figure 1. Grains.", top=184.0, size=8.0),
        *paragraph(2, top=100.0, left=310.0),
        *paragraph(1, top=124.0, left=310.0, page=1),
    ]
    assert [len(block.lines) for block in find_blocks(lines)] == [3, 2, 1, 2, 1]


def test_words_that_a_line_divides_become_whole():
    lines = [line("The micro-"), line("structure of Cu-"), line("Zn and a 3–"), line("5 mm wide"), line("crack")]
    assert joined_text(lines) == "The microstructure of Cu-Zn and a 3–5 mm wide crack"


def test_prose_is_told_from_labels_equations_and_heads():
    def block_of(*lines):
        (block,) = find_blocks(lines)
        return block

    assert is_prose(block_of(*paragraph(3)), LAYOUT)
    assert not is_prose(block_of(line("50 µm", width=30)), LAYOUT)
    assert not is_prose(block_of(line("x = 3 y + 4 z − 7 (12) … 8 9 10 11 12 13")), LAYOUT)
    assert not is_prose(block_of(line(PROSE, left=150.0, width=100.0)), LAYOUT)
    head = block_of(line("J. Glass 12 (2020)", top=20.0, width=90.0))
    assert is_marginal(head, LAYOUT)
    assert is_prose(head, LAYOUT)
    assert not is_marginal(block_of(*paragraph(3, top=20.0)), LAYOUT)
