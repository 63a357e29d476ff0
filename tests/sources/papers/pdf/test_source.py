import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import UsageError
from lexiscope.simulate.pdf import PdfPage, paragraph, write_pdf
from lexiscope.sources import detect_source
from lexiscope.sources.draft import Draft, Rejected, Unread
from lexiscope.sources.papers.pdf import PdfSource
from lexiscope.sources.papers.pdf import paper as paper_module

LEFT, RIGHT = 50, 310
WORDS = "The specimens were polished and etched before they were looked at under the light of the microscope. "


def plot(left, top, right, bottom):
    """A vector figure: axes, a curve of lines, a tick label."""
    strokes = [(left, top, left, bottom), (left, bottom, right, bottom), (left, bottom, right, top)]
    return strokes, [(left + 20, bottom - 6, 6, "0.5", False)]


def first_page():
    """Two columns; a vector figure above its caption in the left one, a filled one in the right one."""
    strokes, labels = plot(60, 300, 270, 450)
    texts = [
        (50, 80, 18, "Grains of rolled steel under heat", True),
        (50, 100, 8, "doi: 10.1234/steel.2020.7 under the Creative Commons Attribution 4.0 License", False),
        (LEFT, 128, 10, "Introduction", True),
        *paragraph(LEFT, 135, WORDS * 4 + "As Figs. 1a-c show, grains grow."),
        *labels,
        *paragraph(LEFT, 460, "Figure 1. Grains (a) before, (b) during and (c) after heat, drawn as a curve.", size=8),
        *paragraph(LEFT, 520, WORDS * 8),
        *paragraph(RIGHT, 135, WORDS * 3),
        *paragraph(RIGHT, 420, "Figure 2: Bubbles in glass.", size=8),
        *paragraph(RIGHT, 460, "Figure 2 shows bubbles. " + WORDS * 4),
        (RIGHT, 640, 10, "References", True),
        *paragraph(
            RIGHT, 645, "1. Figure 1 of an older work, printed by others in another journal of steel and glass."
        ),
    ]
    return PdfPage(texts, [((320, 270, 520, 410), 0.4)], strokes)


def second_page():
    """One figure over both columns."""
    strokes, labels = plot(70, 90, 520, 300)
    texts = [
        *labels,
        *paragraph(LEFT, 310, "Fig. S2 Everything at once, over the whole width of the page", size=8, width=480),
        *paragraph(LEFT, 380, WORDS * 8),
        *paragraph(RIGHT, 380, WORDS * 8),
    ]
    return PdfPage(texts, (), strokes)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "papers").mkdir()
    write_pdf(tmp_path / "papers" / "steel.pdf", [first_page(), second_page()])
    return tmp_path / "papers"


def iou(a, b):
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0, wide) * max(0, high)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def test_every_caption_gets_the_region_that_belongs_to_it(folder):
    drafts = {draft.provenance.locator["label"]: draft for draft in PdfSource(folder).drafts()}
    truth = {
        "Figure 1": (1, (60, 300, 270, 450)),
        "Figure 2": (1, (320, 270, 520, 410)),
        "Fig. S2": (2, (70, 90, 520, 300)),
    }
    assert set(drafts) == set(truth)
    for label, (page, box) in truth.items():
        locator = drafts[label].provenance.locator
        assert (locator["file"], locator["page"]) == ("steel.pdf", page)
        assert iou(locator["bbox_pt"], box) > 0.9, label


def test_the_region_is_rendered_sharply(folder):
    import io

    figure = next(draft for draft in PdfSource(folder).drafts() if draft.provenance.locator["label"] == "Figure 2")
    pixels = np.asarray(Pillow.open(io.BytesIO(figure.images["figure"].origin.data)))
    assert figure.images["figure"].origin.suffix == ".png"
    assert pixels.shape == pytest.approx((3 * 142, 3 * 202), abs=9)
    assert (abs(pixels.astype(int) - 102) <= 1).mean() > 0.9  # the box is 0.4 grey


def test_what_the_paper_says_stays_with_the_figure(folder):
    one, two, three = sorted(PdfSource(folder).drafts(), key=lambda draft: draft.id)
    assert [draft.id for draft in (one, two, three)] == [f"10.1234/steel.2020.7-fig{n}" for n in ("1", "2", "S2")]
    assert one.group == "10.1234/steel.2020.7"
    assert one.attributes == {"article_title": "Grains of rolled steel under heat", "image_type": "chart"}
    assert one.provenance.licence == "CC BY 4.0"
    assert one.provenance.locator["section"] == "Introduction"
    assert one.texts[0].text == "Grains (a) before, (b) during and (c) after heat, drawn as a curve."
    assert [text.text[-33:] for text in one.texts[1:]] == [" As Figs. 1a-c show, grains grow."]
    assert [text.text[:23] for text in two.texts] == ["Bubbles in glass.", "Figure 2 shows bubbles."]
    assert len(three.texts) == 1


def test_a_sentence_that_starts_with_a_figure_is_no_caption(tmp_path):
    texts = [*paragraph(LEFT, 100, "Figure 1 shows what was found. " + WORDS * 4), *paragraph(LEFT, 300, WORDS * 4)]
    write_pdf(tmp_path / "a.pdf", [PdfPage(texts)])
    (unread,) = PdfSource(tmp_path).drafts()
    assert isinstance(unread, Unread)
    assert unread.reason == "no figure with a caption was found in this PDF"


def test_a_caption_with_nothing_drawn_stays_without_an_image_and_says_so(tmp_path):
    texts = [*paragraph(LEFT, 100, WORDS * 4), *paragraph(LEFT, 300, "Figure 1. On the next page.", size=8)]
    write_pdf(tmp_path / "a.pdf", [PdfPage([*texts, *paragraph(LEFT, 330, WORDS * 4)])])
    (draft,) = PdfSource(tmp_path).drafts()
    assert not draft.images
    assert draft.provenance.steps == ("nothing drawn was found beside the caption",)


def test_a_figure_of_others_does_not_get_the_licence_of_the_paper(tmp_path):
    page = first_page()
    texts = [
        (x, y, s, t.replace("Bubbles in glass.", "Bubbles, reproduced with permission."), b)
        for x, y, s, t, b in page.texts
    ]
    write_pdf(tmp_path / "a.pdf", [PdfPage(texts, page.boxes, page.strokes)])
    licences = {draft.provenance.locator["label"]: draft.provenance.licence for draft in PdfSource(tmp_path).drafts()}
    assert licences == {"Figure 1": "CC BY 4.0", "Figure 2": "unknown"}


def test_a_figure_in_a_frame_with_its_caption_is_cut_out_of_the_frame(tmp_path):
    strokes, _ = plot(70, 100, 270, 200)
    frame = [(50, 90, 290, 90), (50, 240, 290, 240), (50, 90, 50, 240), (290, 90, 290, 240)]
    texts = [*paragraph(60, 215, "Fig. 1 A framed figure.", size=8), *paragraph(LEFT, 300, WORDS * 6)]
    write_pdf(tmp_path / "a.pdf", [PdfPage(texts, (), [*strokes, *frame])])
    (draft,) = PdfSource(tmp_path).drafts()
    assert iou(draft.provenance.locator["bbox_pt"], (70, 100, 270, 200)) > 0.85


BROKEN = {
    "empty": b"",
    "no pdf": b"hello",
    "cut": b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog",
    "noise": b"%PDF-1.7\n" + bytes(range(256)) * 40,
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_rejected_and_the_rest_goes_on(folder, name):
    (folder / "a.pdf").write_bytes(BROKEN[name])
    rejected, *rest = PdfSource(folder).drafts()
    assert isinstance(rejected, Rejected)
    assert rejected.path.endswith("a.pdf")
    assert rejected.remedy
    assert [type(one) for one in rest] == [Draft] * 3


def test_a_file_that_needs_a_password_is_rejected_with_the_reason(tmp_path):
    pages = write_pdf(tmp_path / "a.pdf", [first_page()]).read_bytes()
    lock = (
        f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >> "
        f"/ID [<{'00' * 16}> <{'00' * 16}>] /Info"
    )
    (tmp_path / "a.pdf").write_bytes(pages.replace(b"/Info", lock.encode(), 1))
    (rejected,) = PdfSource(tmp_path).drafts()
    assert "needs a password" in rejected.reason


def test_a_scan_without_text_is_rejected(tmp_path):
    write_pdf(tmp_path / "a.pdf", [PdfPage(boxes=[((50, 50, 500, 700), 0.5)])])
    (rejected,) = PdfSource(tmp_path).drafts()
    assert "no text layer" in rejected.reason


def test_a_paper_that_takes_too_long_is_stopped(folder, monkeypatch):
    monkeypatch.setattr(paper_module, "MAX_SECONDS", -1.0)
    (rejected,) = PdfSource(folder).drafts()
    assert "took longer than" in rejected.reason


def test_a_huge_page_is_refused_and_not_rendered(tmp_path):
    page = first_page()
    write_pdf(tmp_path / "a.pdf", [PdfPage(page.texts, page.boxes, page.strokes, (14000.0, 14000.0))])
    (rejected,) = PdfSource(tmp_path).drafts()
    assert "too large to render" in rejected.reason


def test_detection(folder, tmp_path):
    assert detect_source(folder) == "pdf"
    assert PdfSource.detect(folder / "steel.pdf")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.pdf").write_text("words")
    assert not PdfSource.detect(tmp_path / "other")
    with pytest.raises(UsageError, match="found none"):
        PdfSource(tmp_path / "none").drafts()


def read(folder, *pages):
    """Drafts and rejections of one file with these pages."""
    write_pdf(folder / "a.pdf", list(pages))
    return list(PdfSource(folder).drafts())


def captioned(label, *, top=300.0, words=" Bubbles in glass.", size=8.0):
    """A filled box with a caption below it, and text around them."""
    box = (60.0, top - 150, 270.0, top - 10)
    texts = [*paragraph(LEFT, top, f"{label}{words}", size=size), *paragraph(LEFT, top + 40, WORDS * 4)]
    return PdfPage(texts, [(box, 0.4)])


@pytest.mark.parametrize(
    ("label", "mention", "name"),
    [
        ("Figure 2.1:", "Figure 2.1", "fig2.1"),
        ("Fig. S1.", "Fig. S1", "figS1"),
        ("Figure A.3.", "Figs. A.2 and A.3", "figA3"),
        ("Fig. 3-2.", "Fig. 3-2", "fig3.2"),
        ("Figure 3–2.", "Figure 3–2", "fig3.2"),
        ("図－１　", "図－１に示す", "fig1"),
        ("Abbildung 1:", "Abbildung 1", "fig1"),
        ("Abb. 2:", "Abbildungen 1 bis 3", "fig2"),
        ("Figura 4.", "la figura 4", "fig4"),
        ("FIGURE 5 –", "la figure 5", "fig5"),
        ("Gráfico 6.", "o gráfico 6", "graph6"),
        ("図1 ", "図1に示す", "fig1"),
        ("图2-1　", "图2-1所示", "fig2.1"),
        ("圖 3:", "如圖3所示", "fig3"),
        ("Schéma 2.", "le schéma 2", "scheme2"),
    ],
)
def test_labels_of_many_languages_and_numbers_in_parts(tmp_path, label, mention, name):
    page = captioned(label)
    texts = [*page.texts, *paragraph(LEFT, 500, f"{WORDS}What {mention} holds is seen by the eye.")]
    (draft,) = read(tmp_path, PdfPage(texts, page.boxes))
    assert draft.id == f"a-{name}"
    assert draft.images
    assert draft.texts[0].text == "Bubbles in glass."
    assert [text.kind for text in draft.texts] == ["caption", "mention"]
    assert mention in draft.texts[1].text


def test_figures_of_a_chapter_are_told_apart(tmp_path):
    drafts = read(tmp_path, captioned("Figure 2.1:"), captioned("Figure 2.2:"), captioned("Figure 3.1:"))
    assert [draft.provenance.locator["label"] for draft in drafts] == ["Figure 2.1", "Figure 2.2", "Figure 3.1"]


def test_a_label_without_a_mark_and_in_the_size_of_the_text_is_a_caption(tmp_path):
    (draft,) = read(tmp_path, captioned("Figure 1", size=10.0))
    assert draft.texts[0].text == "Bubbles in glass."


@pytest.mark.parametrize("pitch", [1.2, 1.5, 2.0, 2.4])
def test_paragraphs_and_captions_of_any_line_pitch_are_whole(tmp_path, pitch):
    lines = [
        (LEFT, 100 + 11 * pitch * row, 11.0, f"Row {row} of the text is as wide as the others are.", False)
        for row in range(6)
    ]
    lines[2] = (*lines[2][:3], "Row 2 of the text says what Figure 1 shows, and more.", False)
    caption = [
        "Figure 1. Bubbles in glass that was held at a heat of",
        "900 °C for one hour; most of them are round and",
        "some of them touch.",
    ]
    below = [(LEFT, 600 + 11 * pitch * row, 11.0, words, False) for row, words in enumerate(caption)]
    (draft,) = read(tmp_path, PdfPage([*lines, *below], [((60, 440, 270, 580), 0.4)]))
    assert draft.texts[0].text == " ".join(caption).removeprefix("Figure 1. ")
    assert draft.texts[1].text == " ".join(line[3] for line in lines)


def test_line_numbers_are_neither_text_nor_figure_and_their_loss_is_said(tmp_path):
    page = captioned("Figure 1.", words=" Bubbles in glass. " + WORDS)
    numbers = [(30.0, text[1], 8.0, str(place), False) for place, text in enumerate(page.texts, start=1)]
    (draft,) = read(tmp_path, PdfPage([*page.texts, *numbers], page.boxes))
    assert draft.texts[0].text == f"Bubbles in glass. {WORDS.strip()}"
    assert iou(draft.provenance.locator["bbox_pt"], page.boxes[0][0]) > 0.9
    assert f"line numbers of page 1 were left out: {len(numbers)}" in draft.provenance.steps


def test_text_of_a_clipped_form_is_no_caption(tmp_path):
    page = captioned("Figure 1.")
    form = "0.4 g 60 552 210 140 re f 0 g BT /F1 8 Tf 50 640 Td (Figure 1. An older draft of the words.) Tj ET"
    clip = "q 60 552 210 140 re W n /X0 Do Q"
    hidden = PdfPage(
        page.texts, (), operators=clip.replace("60 552", "80 552"), forms=[form.replace("50 640", "50 240")]
    )
    (draft,) = read(tmp_path, hidden)
    assert draft.texts[0].text == "Bubbles in glass."
    assert draft.images
    assert "letters that page 1 holds and does not show were left out: 31" in draft.provenance.steps


@pytest.mark.parametrize(("turn", "box"), [(90, (100, 200, 280, 500)), (270, (320, 200, 500, 500))])
def test_a_sideways_figure_is_turned_upright(tmp_path, turn, box):
    import io

    words = ["Figure 1. Bubbles in glass held at a heat", "of 900 °C for one hour."]
    sign = 1 if turn == 90 else -1
    caption = [(300 + sign * 10 * row, 350 + sign * 150, 8, text, turn) for row, text in enumerate(words)]
    first = PdfPage(paragraph(LEFT, 100, WORDS * 6 + "See Figure 1."))
    (draft,) = read(tmp_path, first, PdfPage((), [(box, 0.4)], turned=caption))
    assert draft.texts[0].text == "Bubbles in glass held at a heat of 900 °C for one hour."
    assert iou(draft.provenance.locator["bbox_pt"], box) > 0.95
    assert "figure and caption stand sideways on the page and were turned upright" in draft.provenance.steps
    assert Pillow.open(io.BytesIO(draft.images["figure"].origin.data)).size == pytest.approx((900, 540), abs=9)


@pytest.mark.parametrize(
    "heading", [("2.3. Sizes of Bubbles", False), ("Discussion", True), ("Sizes of bubbles", True)]
)
def test_a_heading_below_a_figure_is_no_part_of_it(tmp_path, heading):
    words, bold = heading
    texts = [
        *paragraph(LEFT, 60, WORDS * 4),
        (100, 190, 8, "Figure 1. Bubbles in glass.", False),
        (LEFT, 340, 10, words, bold),
        *paragraph(LEFT, 355, WORDS * 6),
    ]
    (draft,) = read(tmp_path, PdfPage(texts, [((120, 200, 250, 310), 0.4)]))
    assert iou(draft.provenance.locator["bbox_pt"], (120, 200, 250, 310)) > 0.95


def test_a_bad_page_costs_its_figures_and_no_others(tmp_path):
    large = PdfPage([(100, 2141, 12, "Figure 2. Map of the works.", False)], (), (), (3400.0, 2400.0))
    rejected, draft = read(tmp_path, captioned("Figure 1."), large)
    assert rejected.reason == "page 2 of 2: a page of 3400 x 2400 points is too large to render; left out: Figure 2"
    assert draft.provenance.locator["label"] == "Figure 1"
    assert draft.images


def test_a_page_without_readable_text_costs_no_other(tmp_path, monkeypatch):
    from lexiscope.sources.papers.pdf import letters

    monkeypatch.setattr(letters, "MAX_CHARACTERS", 800)
    rejected, draft = read(tmp_path, captioned("Figure 1."), PdfPage(paragraph(LEFT, 100, WORDS * 10)))
    assert rejected.reason.startswith("page 2 of 2: it has ")
    assert rejected.remedy == "print the paper to ordinary pages"
    assert draft.provenance.locator["label"] == "Figure 1"


def test_pages_of_other_sizes_do_not_make_paragraphs_running_heads(tmp_path):
    wide = PdfPage([*paragraph(LEFT, 1000, WORDS * 4)], (), (), (2800.0, 2400.0))
    page = captioned("Figure 1.", top=400.0)
    mention = paragraph(LEFT, 120, "What Figure 1 shows of the glass was seen by all of us.")
    (draft,) = read(tmp_path, PdfPage([*mention, *page.texts], page.boxes), wide)
    assert [text.text[:16] for text in draft.texts] == ["Bubbles in glass", "What Figure 1 sh"]


def test_a_caption_over_two_pages_is_whole_and_its_end_no_mention(tmp_path):
    first = PdfPage(
        [
            *paragraph(LEFT, 60, WORDS * 4),
            (LEFT, 740, 8, "Figure 1. Bubbles in glass. After ten hours they have", False),
        ],
        [((60, 400, 270, 720), 0.4)],
    )
    second = PdfPage([(LEFT, 70, 8, "risen and burst; Figure 1 is 5 µm wide.", False), *paragraph(LEFT, 90, WORDS * 4)])
    (draft,) = read(tmp_path, first, second)
    assert [text.text for text in draft.texts] == [
        "Bubbles in glass. After ten hours they have risen and burst; Figure 1 is 5 µm wide."
    ]
    assert "the caption goes on on page 2" in draft.provenance.steps


@pytest.mark.parametrize(
    ("printed", "caption"),
    [
        ("Figura 1 - Bolhas no vidro.", "Bolhas no vidro."),
        ("Fig. 1.- Burbujas.", "Burbujas."),
        ("Fig. 1. -10 °C it is.", "-10 °C it is."),
    ],
)
def test_a_dash_behind_a_label_is_no_part_of_its_caption(tmp_path, printed, caption):
    page = PdfPage(paragraph(LEFT, 300, printed, size=8), [((60, 100, 270, 290), 0.4)])
    write_pdf(tmp_path / "a.pdf", [page])
    (draft,) = PdfSource(tmp_path).drafts()
    assert draft.texts[0].text == caption


def test_letters_too_small_to_be_seen_are_no_text(tmp_path):
    hidden = "BT /F1 0.01 Tf 60 120 Td (Figure 7. Nobody sees this.) Tj ET"
    page = PdfPage(paragraph(LEFT, 300, "Figure 1. Bubbles.", size=8), [((60, 100, 270, 290), 0.4)], operators=hidden)
    write_pdf(tmp_path / "a.pdf", [page])
    (draft,) = PdfSource(tmp_path).drafts()
    assert [text.text for text in draft.texts] == ["Bubbles."]
