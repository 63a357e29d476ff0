"""Captions are set apart from sentences that start with a figure's name."""

import pytest

from lexiscope.sources.papers.pdf.blocks import find_blocks, find_layout
from lexiscope.sources.papers.pdf.captions import find_captions, is_caption_line
from lexiscope.sources.papers.pdf.lines import Line

PROSE = "Glass breaks along its edges, as we show"


def line(text, *, top, size=10.0, left=50.0, bold=False, page=0):
    return Line(text, (left, top, left + 240.0, top + size), page, size, "Times", bold)


BODY = [line(PROSE, top=100 + 12 * row) for row in range(10)]


def captions(*lines):
    everything = [*BODY, *lines]
    return find_captions(find_blocks(everything), find_layout(everything, height=800.0))


@pytest.mark.parametrize(
    ("text", "label", "rest"),
    [
        ("Figure 3. Grains of glass.", "Figure 3", "Grains of glass."),
        ("Fig. 3 | Grains", "Fig. 3", "Grains"),
        ("FIG. 3: Grains", "FIG. 3", "Grains"),
        ("Supplementary Figure 2. Pores", "Supplementary Figure 2", "Pores"),
        ("Scheme 1. Synthesis", "Scheme 1", "Synthesis"),
        ("Fig. S4. Pores", "Fig. S4", "Pores"),
        ("Fig. 1a–c. Pores", "Fig. 1a–c", "Pores"),
        ("Fig. 2 a, b | Pores", "Fig. 2 a, b", "Pores"),
    ],
)
def test_labels_of_many_journals(text, label, rest):
    (caption,) = captions(line(text, top=400.0, size=8.0))
    assert (caption.label, caption.text) == (label, rest)


def test_a_sentence_that_begins_with_a_figure_is_none():
    assert captions(line("Figure 3 shows that grains grow along the", top=400.0)) == []
    assert captions(line("Figure 3 and the others agree with what we", top=400.0)) == []
    assert captions(line("Figure 3 shows that grains grow along the", top=400.0, size=8.0, bold=True)) == []


def test_the_best_of_several_is_the_caption():
    sentence, caption = (
        line("Figure 3. shows grains in the text size", top=300.0),
        line("Figure 3. Grains.", top=500.0, size=8.0, bold=True),
    )
    (found,) = captions(sentence, caption)
    assert found.text == "Grains."


def test_the_next_paragraph_at_the_same_edge_belongs_to_it():
    first = line("Figure 3. Grains of glass after heating at", top=400.0, size=8.0)
    second = line("900 K for one hour, seen from above.", top=409.0, size=8.0)
    other = line("Figure 4. Pores.", top=425.0, size=8.0)
    found = captions(first, second, other)
    assert [(c.label, c.text) for c in found] == [
        ("Figure 3", "Grains of glass after heating at 900 K for one hour, seen from above."),
        ("Figure 4", "Pores."),
    ]
    assert found[0].box == (50.0, 400.0, 290.0, 417.0)


def test_tables_take_part_without_a_name():
    (table,) = captions(line("Table 2. Heats of samples", top=400.0))
    assert (table.name, table.page) == (None, 0)
    assert is_caption_line(line("Table 2. Heats", top=0.0))
    assert not is_caption_line(line("Heats of Table 2", top=0.0))
