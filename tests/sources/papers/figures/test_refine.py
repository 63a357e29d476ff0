import io

import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.case import Provenance
from lexiscope.core.errors import MissingExtraError
from lexiscope.core.passage import Passage
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.papers.figures import refine
from lexiscope.sources.papers.figures import refine as refine_function
from lexiscope.sources.papers.figures.encode import png
from lexiscope.sources.papers.figures.words import Word


def figure(pixels, caption):
    return Draft(
        id="p-fig1",
        group="p",
        provenance=Provenance("pdf", locator={"label": "Figure 1"}, steps=("rendered",)),
        images={"figure": ImageFile(png(pixels))},
        texts=(Passage("caption", caption, column="caption"), Passage("mention", "See Fig. 1.", column="mention")),
    )


@pytest.fixture
def two():
    pixels = np.full((100, 210, 3), 255, np.uint8)
    pixels[5:95, 5:95], pixels[5:95, 110:205] = 60, 120
    return pixels


@pytest.fixture
def reader(monkeypatch):
    """What OCR would read, without OCR."""

    def use(words):
        module = __import__("lexiscope.sources.papers.figures.refine", fromlist=["word_reader"])
        monkeypatch.setattr(module, "word_reader", lambda: lambda pixels: words)

    return use


def decoded(image):
    return np.asarray(Pillow.open(io.BytesIO(image.origin.data)))


def test_every_panel_becomes_a_case_with_its_words_and_the_whole_caption(two, reader):
    reader([])
    one, other = refine([figure(two, "Steel. (a) Cold, (b) hot.")], panels=True)
    assert (one.id, other.id, one.group) == ("p-fig1-a", "p-fig1-b", "p")
    assert [(text.text, text.column) for text in one.texts] == [
        ("Cold", "panel caption"), ("Steel. (a) Cold, (b) hot.", "figure caption"), ("See Fig. 1.", "mention")
    ]  # fmt: skip
    assert one.provenance.locator == {"label": "Figure 1", "panel": "a", "box_px": [5.0, 5.0, 95.0, 95.0]}
    assert one.provenance.steps == ("rendered", "cut out of the figure as panel a")
    assert decoded(one.images["figure"]).shape == (90, 90)
    assert (decoded(other.images["figure"]) == 120).all()


def test_what_cannot_be_cut_stays_whole_and_says_why(two, reader):
    reader([])
    (whole,) = refine([figure(two, "(a) Cold, (b) warm, (c) hot.")], panels=True)
    assert whole.id == "p-fig1"
    assert whole.provenance.steps[-1] == "not cut into panels: the caption names 3 panels, gutters divide 2"


def test_drafts_without_figures_and_rejections_pass(two):
    items = [Rejected("a", "b", "c"), Draft("x", "x", Provenance("jats"))]
    assert list(refine(items, panels=True, scale_bars=True)) == items
    assert list(refine([figure(two, "(a) x (b) y")])) == [figure(two, "(a) x (b) y")]


def test_a_scale_bar_gives_the_spacing(reader):
    pixels = np.full((200, 300, 3), 90, np.uint8)
    pixels[150:156, 100:200] = 255
    pixels[164:176:2, 140:160] = 255  # stands for letters
    reader([Word("50 nm", (138, 162, 162, 178), 0.95)])
    (draft,) = refine([figure(pixels, "TEM")], scale_bars=True)
    assert draft.images["figure"].spacing == pytest.approx((0.5, 0.5), rel=0.02)
    assert draft.images["figure"].unit == "nm"
    assert draft.provenance.steps[-1].startswith("scale bar: 50 nm over 100.0 pixels")


def test_the_kind_of_picture_is_that_of_the_panel(two, reader):
    reader([])
    drafts = refine([figure(two, "Glass: (a) SEM image, (b) XRD pattern.")], panels=True)
    assert [draft.attributes["image_type"] for draft in drafts] == ["sem", "chart"]
    (whole,) = refine([figure(two, "Glass: (a) SEM image, (b) XRD pattern.")])
    assert "image_type" not in whole.attributes


def test_no_bar_no_spacing(two, reader):
    reader([])
    (draft,) = refine([figure(two, "x")], scale_bars=True)
    assert draft.images["figure"].spacing is None
    assert draft.provenance.steps[-1] == "no spacing from a scale bar: no label with a length was read"


def test_without_ocr_it_is_unsure_and_says_how_to_install_it(two, monkeypatch):
    module = __import__("lexiscope.sources.papers.figures.refine", fromlist=["word_reader"])

    def missing():
        raise MissingExtraError("run: pip install 'lexiscope[ocr]'")

    monkeypatch.setattr(module, "word_reader", missing)
    (draft,) = refine_function([figure(two, "x")], scale_bars=True)
    assert "pip install 'lexiscope[ocr]'" in draft.provenance.steps[-1]
    assert draft.images["figure"].spacing is None
