"""The report page: everything inside, nothing asked from outside, nothing from the data taken as markup."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from lexiscope.evaluate.report.charts import Curve, curve_svg
from lexiscope.evaluate.report.page import (
    Check,
    Gallery,
    OutlinedStructure,
    Page,
    ShownCase,
    Step,
    Tile,
    render_page,
    write_page,
)
from lexiscope.evaluate.report.pictures import Picture, outlined_pictures, pictures_of
from lexiscope.evaluate.report.tables import Table
from lexiscope.evaluate.statistics import Estimate
from lexiscope.testing import make_corpus

METRICS = {
    "recall@10": Estimate(0.5, 0.4, 0.6, 0.1),
    "median_rank": Estimate(9.0, None, None, 50.5),
}


@pytest.fixture(scope="module")
def volumes(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("report") / "corpus", 4, volumes=True, missing=0.4)


@pytest.fixture
def page(volumes) -> str:
    shown = tuple(
        ShownCase(
            case.id,
            case.group,
            "<script>alert('text of a paper')</script>",
            pictures_of(case, corpus=volumes, modalities=("t1w", "t2w", "flair")),
            score=0.25,
            checks=(Check("side", "left", agrees=case.attributes["side"] == "left"),),
        )
        for case in volumes
    )
    return render_page(
        Page(
            title="A & B",
            lead="What was done.",
            tiles=(Tile("40", "cases"),),
            steps=(Step("Read", "40 cases", 1.25),),
            galleries=(Gallery("a spot on the left", shown, chance=0.5),),
            tables=(Table.of("Search", METRICS),),
            curves=(Curve("Loss", "epoch", {"training": [(0, 3.0), (1, 1.0)]}, chance=3.2),),
            provenance={"seed": "0"},
        )
    )


class _Outside(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.requested: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "link", "iframe", "object"):
            self.requested.append(tag)
        self.requested += [value for name, value in attrs if name in ("src", "href") and not value.startswith("data:")]


def test_page_asks_nothing_from_outside(page):
    parser = _Outside()
    parser.feed(page)
    assert parser.requested == []
    assert not re.search(r"url\(|@import|https?://", page)


def test_words_of_the_data_are_never_markup(page):
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "A &amp; B" in page


def test_page_says_what_is_right_and_what_chance_gives(page):
    assert "guessing would give 2.0" in page
    assert "0.500" in page
    assert "0.400 – 0.600" in page
    assert "one group" in page


def test_missing_sequences_are_shown_as_missing(page):
    assert "not acquired" in page


def test_page_ends_with_what_it_is_for(page):
    assert "Research use, not for diagnosis." in page


def test_page_is_written_whole(tmp_path):
    write_page(tmp_path / "report.html", Page("Title", "Lead"))
    assert (tmp_path / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_pictures_of_colour_planes(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 1)
    (picture,) = pictures_of(next(iter(corpus)), corpus=corpus, modalities=("photo",))
    assert picture == Picture("photo", picture.source)
    assert picture.source.startswith("data:image/jpeg;base64,")


def test_a_curve_of_one_point_is_drawn():
    assert "polyline" in curve_svg(Curve("Loss", "epoch", {"training": [(1, 2.0)]}))


def test_names_in_a_curve_are_escaped():
    assert "<b>" not in curve_svg(Curve("<b>", "<b>", {"<b>": [(0, 1.0), (1, 2.0)]}))


def test_outlines_show_what_was_found_and_what_was_left_out(volumes):
    case = next(case for case in volumes if len(case.images) > 1)
    shape = next(iter(case.images.values())).shape
    found, truth = np.zeros(shape, bool), np.zeros(shape, bool)
    found[0, 1:4, 1:4] = truth[-1, 2:5, 2:5] = True
    kept, gone = sorted(case.images)[:2]
    pictures = outlined_pictures(
        case, corpus=volumes, modalities=(kept, gone, "adc"), found=found, truth=truth, left_out=(gone,)
    )
    assert [picture.missing for picture in pictures if picture.source is None] == ["left out", "not acquired"]
    assert pictures[0].outline is not None
    assert pictures[0].found is None  # nothing was found in the slice where the truth is largest
    alone = outlined_pictures(case, corpus=volumes, modalities=(kept,), found=found, truth=np.zeros_like(truth))
    assert alone[0].found is not None
    shown = ShownCase(case.id, case.group, "outlined", pictures)
    page = render_page(Page("T", "L", outlines=(OutlinedStructure("spot", "the spot", "absent", True, (shown,)),)))
    assert "left out" in page
    assert "the spot" in page
