"""Each caption gets what is drawn beside it: above first, never over prose, tables below."""

import numpy as np
import pytest

from lexiscope.sources.papers.jats.mentions import FigureName
from lexiscope.sources.papers.pdf.captions import Caption
from lexiscope.sources.papers.pdf.regions import find_regions

HEIGHT, WIDTH = 800, 600


def caption(number, left, top, right, bottom):
    name = None if number is None else FigureName("fig", "", number)
    return Caption(name, f"Figure {number}", "Grains.", (float(left), float(top), float(right), float(bottom)), 0)


def page(*boxes):
    """A white page at one pixel a point, with grey boxes as (left, top, right, bottom)."""
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for left, top, right, bottom in boxes:
        pixels[top:bottom, left:right] = 90
    return pixels


def regions(pixels, captions, prose=()):
    return find_regions(pixels, scale=1, captions=captions, prose=list(prose))


def near(box, expected):
    return box is not None and np.allclose(box, expected, atol=4)


def test_a_figure_above_its_caption_is_its_region():
    (box,) = regions(page((100, 200, 400, 380)), [caption(1, 100, 400, 400, 420)])
    assert near(box, (100, 200, 400, 380))


def test_parts_near_each_other_are_one_figure():
    (box,) = regions(page((100, 200, 240, 380), (260, 200, 400, 380)), [caption(1, 100, 400, 400, 420)])
    assert near(box, (100, 200, 400, 380))


def test_each_caption_takes_its_own():
    pixels = page((60, 100, 280, 300), (320, 100, 540, 300))
    one, two = regions(pixels, [caption(1, 60, 320, 280, 340), caption(2, 320, 320, 540, 340)])
    assert near(one, (60, 100, 280, 300))
    assert near(two, (320, 100, 540, 300))


@pytest.mark.parametrize(
    ("box", "found"), [((100, 440, 400, 600), (100, 440, 400, 600)), ((420, 380, 560, 440), (420, 380, 560, 440))]
)
def test_a_figure_below_or_beside_is_taken_where_nothing_is_above(box, found):
    (region,) = regions(page(box), [caption(1, 100, 400, 400, 425)])
    assert near(region, found)


def test_prose_between_keeps_a_caption_from_a_picture():
    (box,) = regions(page((100, 200, 400, 350)), [caption(1, 100, 420, 400, 440)], prose=[(100.0, 360.0, 400.0, 410.0)])
    assert box is None


def test_a_table_takes_what_is_below_it_so_that_a_figure_does_not():
    pixels = page((100, 440, 400, 560))
    table, figure = regions(pixels, [caption(None, 100, 410, 400, 430), caption(1, 100, 580, 400, 600)])
    assert table is None
    assert figure is None


@pytest.mark.parametrize("box", [(0, 0, WIDTH, 40), (100, 300, 500, 302), (100, 370, 112, 380)])
def test_bands_rules_and_specks_are_no_figures(box):
    (region,) = regions(page(box), [caption(1, 100, 400, 400, 420)])
    assert region is None


def test_what_lies_far_away_is_not_taken():
    (region,) = regions(page((100, 50, 400, 200)), [caption(1, 100, 400, 400, 420)])
    assert region is None
