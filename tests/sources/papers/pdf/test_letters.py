"""Letters that a page shows are read as they are; letters that it does not show are none of its text."""

import pytest

from lexiscope.core.errors import SourceError
from lexiscope.simulate.pdf import PdfPage, write_pdf
from lexiscope.sources.papers.pdf import letters as letters_module
from lexiscope.sources.papers.pdf.document import open_page, open_pdf
from lexiscope.sources.papers.pdf.lines import read_page

SEEN = (50, 100, 10, "The melt is seen.", False)


def page_of(folder, **parts):
    path = write_pdf(folder / "a.pdf", [PdfPage(**{"texts": [SEEN], **parts})])
    with open_pdf(path) as document, open_page(document, 0) as page:
        return read_page(page, 0)


@pytest.mark.parametrize(
    "words",
    [
        "25, 50, and 100 𝜇g/mL",
        "walls are 20 µm thick",
        "20 μm and 2 × 3 mm ± 0.5 °C",
        "𝑝 < 0.05 and TNF-𝛼",
        "𝟐𝟓 Å, λ = 1.5 Å",
        "図1 ガラス中の気泡",
        "größer als 5 ‰",
    ],
)
def test_letters_of_every_kind_survive(tmp_path, words):
    text = page_of(tmp_path, texts=[(50, 100, 10, words, False)])
    assert [line.text for line in text.lines] == [words]
    assert text.unknown == 0


@pytest.mark.parametrize(("printed", "read"), [("conﬁned", "confined"), ("\uf06dm \uf0b4 3 \uf0b1", "μm × 3 ±")])
def test_letters_that_fonts_name_oddly_are_written_plainly(tmp_path, printed, read):
    (line,) = page_of(tmp_path, texts=[(50, 100, 10, printed, False)]).lines
    assert line.text == read


def test_a_letter_without_a_meaning_is_marked_and_counted(tmp_path):
    text = page_of(tmp_path, texts=[(50, 100, 10, "speci\ue103c at 120 \ue900C", False)])
    assert text.lines[0].text == "speci�c at 120 �C"
    assert text.unknown == 2


def test_a_power_of_ten_stays_a_power(tmp_path):
    words = "/F1 10 Tf 50 700 Td (at 10) Tj 5 Ts /F1 6 Tf (-6) Tj 0 Ts /F1 10 Tf ( M as in ref) Tj"
    (line,) = page_of(tmp_path, texts=[], operators=f"BT {words} ET").lines
    assert line.text == "at 10^-6 M as in ref"


UNSEEN = {
    "clipped": "q 400 400 50 50 re W n BT /F1 10 Tf 50 600 Td (Draft words.) Tj ET Q",
    "clipped over others": "q 400 400 50 50 re W n BT /F1 10 Tf 50 742 Td (Draft words.) Tj ET Q",
    "off the page": "BT /F1 10 Tf 50 900 Td (Draft words.) Tj -400 0 Td (More words.) Tj ET",
    "without ink": "BT 3 Tr /F1 10 Tf 50 600 Td (Draft words.) Tj ET",
    "without ink over others": "BT 3 Tr /F1 10 Tf 50 742 Td (Draft words.) Tj ET",
    "white on white": "1 1 1 rg BT /F1 10 Tf 50 600 Td (Draft words.) Tj ET",
    "white over others": "1 g BT /F1 10 Tf 52 742 Td (Draft words.) Tj ET",
    "nearly white": "0.98 g BT /F1 10 Tf 50 600 Td (Draft words.) Tj ET",
    "under white": "BT /F1 10 Tf 50 600 Td (Draft words.) Tj ET 1 g 40 590 200 30 re f",
    "blacked out": "0 g BT /F1 10 Tf 50 600 Td (Draft words.) Tj ET 0 g 40 590 200 30 re f",
    "only a clip": "q BT 7 Tr /F1 10 Tf 50 600 Td (Draft words.) Tj ET Q",
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_the_page_does_not_show_is_no_text(tmp_path, name):
    text = page_of(tmp_path, operators=UNSEEN[name])
    assert [line.text for line in text.lines] == ["The melt is seen."]
    assert text.words == "The melt is seen."
    assert text.hidden >= len("Draftwords.") - 1


SHOWN = {
    "white on black": "0 g 40 590 200 30 re f 1 g BT /F1 10 Tf 50 600 Td (Label words.) Tj ET",
    "grey": "0.8 g BT /F1 10 Tf 50 600 Td (Label words.) Tj ET",
    "within a clip": "q 40 590 200 30 re W n BT /F1 10 Tf 50 600 Td (Label words.) Tj ET Q",
    "outlined": "BT 1 Tr 0 G /F1 10 Tf 50 600 Td (Label words.) Tj ET",
    "beside a box": "BT /F1 10 Tf 50 600 Td (Label words.) Tj ET 1 g 40 500 200 30 re f",
    "over a box": "0.9 g 40 590 200 30 re f 0 g BT /F1 10 Tf 50 600 Td (Label words.) Tj ET",
    "in a form": "q 1 0 0 1 0 -100 cm /X0 Do Q",
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_the_page_shows_is_text(tmp_path, name):
    forms = ["BT /F1 10 Tf 50 700 Td (Label words.) Tj ET"]
    text = page_of(tmp_path, operators=SHOWN[name], forms=forms)
    assert [line.text for line in text.lines] == ["The melt is seen.", "Label words."]
    assert text.hidden == 0


@pytest.mark.parametrize("scale", [1, 0.5])
def test_a_form_shows_only_what_its_clip_leaves(tmp_path, scale):
    form = "BT /F1 10 Tf 50 700 Td (Outside of the clip.) Tj 0 -400 Td (Inside of it.) Tj ET"
    clip = f"40 {290 * scale} 300 {30 * scale} re W n"
    text = page_of(tmp_path, forms=[form], operators=f"q {clip} q {scale} 0 0 {scale} 40 0 cm /X0 Do Q Q")
    assert [line.text for line in text.lines] == ["The melt is seen.", "Inside of it."]
    assert text.hidden == len("Outsideoftheclip.")


def scan(words):
    """A picture over the whole page with unseen words on it, as programs for OCR write them."""
    picture = "q 595 0 0 842 0 0 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x7f\x7f\x7f\x7f EI Q"
    return f"{picture} {words}"


def test_the_layer_of_words_over_a_scan_is_read_and_said_to_be_one(tmp_path):
    layer = "BT 3 Tr /F1 10 Tf 50 600 Td (Words that OCR has read.) Tj ET"
    text = page_of(tmp_path, texts=[], operators=scan(layer))
    assert [line.text for line in text.lines] == ["Words that OCR has read."]
    assert (text.layer, text.hidden) == (True, 0)
    assert not page_of(tmp_path, operators=layer).layer


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_lines_are_lines(tmp_path, turn):
    words = [(300, 400, 9, "Figure 1. Bubbles in glass.", float(turn))]
    upright, line = page_of(tmp_path, turned=words).lines
    assert (upright.turn, line.turn, line.text) == (0, turn, "Figure 1. Bubbles in glass.")
    assert line.width > 8 * (line.box[3] - line.box[1])


def test_a_page_of_too_many_letters_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(letters_module, "MAX_CHARACTERS", 5)
    with pytest.raises(SourceError, match="it has 17 characters; at most 5 of a page are read"):
        page_of(tmp_path)
