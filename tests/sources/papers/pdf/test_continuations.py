"""Captions are followed over columns and pages; one that breaks off says so."""

import pytest

from lexiscope.sources.papers.pdf.blocks import find_blocks, find_layout
from lexiscope.sources.papers.pdf.captions import find_captions
from lexiscope.sources.papers.pdf.lines import Line

PROSE = "Glass breaks along its edges, as we show in this work."
START = "Figure 3. Grains of glass that were"


def line(text, *, top, size=8.0, left=50.0, page=0, font="Times", width=240.0):
    return Line(text, (left, top, left + width, top + size), page, size, font, bold=False)


def body(page, *, top, left=50.0, count=8):
    return [line(PROSE, top=top + 12 * row, size=10.0, left=left, page=page) for row in range(count)]


def captions(*lines):
    return find_captions(find_blocks(lines), find_layout(lines, height=800.0))


@pytest.mark.parametrize(
    ("rest", "read"),
    [
        ("held at 900 K for one hour.", True),
        ("(A) Most of them are round and small.", True),
        ("Crystals cover the surface of it all.", True),
        ("Figure 4. Pores of another glass.", False),
        ("Table 2. Heats of all the samples.", False),
        ("0.5 1.0 1.5", False),
    ],
)
def test_a_caption_goes_on_at_the_head_of_the_next_page(rest, read):
    (first, *_) = captions(
        *body(0, top=100),
        line(START, top=700),
        line(rest, top=60, page=1),
        *body(1, top=100),
    )
    assert first.text == (f"Grains of glass that were {rest}" if read else "Grains of glass that were")
    cut = "the caption seems to be cut short: it ends on page 1 within a sentence"
    assert first.notes == (("the caption goes on on page 2",) if read else (cut,))
    assert first.rest == (((1, (50.0, 60.0, 290.0, 68.0)),) if read else ())


def test_a_caption_goes_on_at_the_head_of_the_next_column():
    (caption,) = captions(
        *body(0, top=100),
        line(START, top=700),
        line("held at 900 K for one hour.", top=100, left=310.0),
        *body(0, top=130, left=310.0),
    )
    assert caption.text == "Grains of glass that were held at 900 K for one hour."
    assert caption.notes == ("the caption goes on in the next column",)


def test_a_caption_in_two_columns_below_a_wide_figure_is_one():
    (caption,) = captions(
        line(START, top=300),
        line("held at 900 K for one hour.", top=300, left=310.0),
        *body(0, top=340),
        *body(0, top=340, left=310.0),
    )
    assert caption.text == "Grains of glass that were held at 900 K for one hour."


def test_running_heads_do_not_stand_between():
    (caption,) = captions(
        *body(0, top=100),
        line(START, top=700),
        line("Journal of Glass", top=30, page=1, size=9.0, width=80.0),
        line("held at 900 K for one hour.", top=60, page=1),
        *body(1, top=100),
    )
    assert caption.text.endswith("one hour.")


def test_a_whole_caption_is_left_alone():
    (caption,) = captions(
        *body(0, top=100), line("Figure 3. Grains.", top=700), line("held at 900 K for one hour.", top=60, page=1)
    )
    assert (caption.text, caption.rest, caption.notes) == ("Grains.", (), ())


def test_a_caption_without_a_full_stop_within_the_page_is_whole():
    (caption,) = captions(*body(0, top=100), line("Figure 3. Grains of glass", top=300), *body(0, top=400))
    assert caption.notes == ()


@pytest.mark.parametrize("word", ["(continued)", "(cont.)", "Continued.", "(Fortsetzung)", "(suite)"])
def test_a_caption_that_is_continued_under_its_label_is_one(word):
    (caption,) = captions(
        *body(0, top=100),
        line("Figure 3. Grains of glass.", top=400),
        line(f"Figure 3. {word} (C) Pores.", top=400, page=1),
        *body(1, top=500),
    )
    assert (caption.text, caption.page) == ("Grains of glass. (C) Pores.", 0)
    assert caption.notes == ("the caption goes on under its label on page 2, whose picture is not part of this case",)


def test_a_caption_on_the_facing_page_joins_the_figure_that_points_to_it():
    (caption,) = captions(
        line("Figure 3. See next page for caption.", top=700),
        line("Figure 3. Grains of glass.", top=60, page=1),
        *body(1, top=100),
    )
    assert (caption.text, caption.page) == ("Grains of glass.", 0)
    assert caption.notes == ("the caption stands on page 2, the figure on page 1",)
