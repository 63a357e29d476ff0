"""Variants of papers as PDF: text that no page shows, letters, captions cut short, numbers, languages, bad pages."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lexiscope.simulate.pdf import PdfPage, paragraph, write_pdf
from lexiscope.testing.field.variant import Outcome, Variant

_TEXT = "The specimens were polished and etched before they were looked at under the light of the microscope. "
_LONG = (
    "Bubbles in glass held at 900 °C for one hour. Most of them are round and lie near the upper rim, where the melt "
    "cooled first. The scale bar is 5 µm long."
)
_BOX = ((150.0, 220.0, 420.0, 370.0), 0.4)


def variants() -> Iterator[Variant]:
    """Variants of PDF files."""
    yield from _unseen()
    yield from _letters()
    yield from _captions()
    yield from _set()
    yield from _numbers()
    yield from _languages()
    yield from _bad_pages()
    yield from _regions()


def _page(
    caption: str = "Figure 1. Bubbles in glass.", *, more: Sequence[Any] = (), about: str = "", **fields: Any
) -> PdfPage:
    """A page with a filled figure, its caption and a paragraph."""
    texts = [
        *paragraph(70, 80, _TEXT * 3 + about, width=450),
        *paragraph(120, 380, caption, size=9, width=350),
        *paragraph(70, 500, _TEXT * 5, width=450),
        *more,
    ]
    return PdfPage(texts, fields.pop("boxes", [_BOX]), **fields)


def _paper(lab: Path, *pages: PdfPage) -> None:
    write_pdf(lab / "paper.pdf", pages, title="Bubbles in slowly cooled glass")


def _is(caption: str, *, mention: str | None = None, image: bool = True, said: str = "") -> Callable[[Outcome], None]:
    """Right when there is one figure with this caption, a mention that ends so, and a picture."""

    def right(outcome: Outcome) -> None:
        case = outcome.only
        captions = [text.text for text in case.texts if text.kind == "caption"]
        assert captions == [caption], captions
        mentions = [text.text for text in case.texts if text.kind == "mention"]
        if mention is not None:
            assert [text.endswith(mention) for text in mentions] == [True] * bool(mention), mentions
        assert bool(case.images) is image, case.provenance.steps
        assert said in outcome.steps, outcome.steps

    return right


def _shown(words: str, x: int, y: int, size: int = 10) -> str:
    return f"BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET"


def _unseen() -> Iterator[Variant]:
    kind = "text that no page shows"
    draft = "Figure 7. A draft that nobody shows. Figure 1 is wrong."
    operators = {
        "clipped away": f"q 300 300 50 20 re W n {_shown(draft, 60, 700)} Q",
        "without ink": f"q 3 Tr {_shown(draft, 60, 120)} 0 Tr Q",
        "off the page": _shown(draft, 900, 400),
        "below the page": _shown(draft, 60, -200),
        "white on white": f"1 g {_shown(draft, 60, 120)} 0 g",
        "clipping render mode": f"q 7 Tr {_shown(draft, 60, 120)} Q",
        "behind a white box": f"{_shown(draft, 60, 60)} 1 g 50 50 400 30 re f 0 g",
        "of a third of a point": f"BT /F1 1 Tf 0.3 0 0 0.3 60 120 Tm ({draft}) Tj ET",
        "of no size": f"BT /F1 0.01 Tf 60 120 Td ({draft}) Tj ET",
    }
    for name, drawn in operators.items():
        yield Variant(
            kind,
            name,
            lambda lab, d=drawn: _paper(lab, _page(about="Bubbles are seen in Figure 1.", operators=d)),
            _is("Bubbles in glass.", mention="Bubbles are seen in Figure 1."),
            reads="pdf",
        )
    form = f"q 100 100 100 100 re W n {_shown(draft, 60, 700)} Q"
    yield Variant(
        kind,
        "a clip inside a form",
        lambda lab: _paper(lab, _page(about="Bubbles are seen in Figure 1.", forms=[form], operators="/X0 Do")),
        _is("Bubbles in glass.", mention="Bubbles are seen in Figure 1."),
        reads="pdf",
    )
    outer = "q 100 450 100 100 re W n /X0 Do Q"
    yield Variant(
        kind,
        "a clip around a form",
        lambda lab: _paper(
            lab, _page(about="Bubbles are seen in Figure 1.", forms=[_shown(draft, 60, 700)], operators=outer)
        ),
        _is("Bubbles in glass.", mention="Bubbles are seen in Figure 1."),
        reads="pdf",
    )
    yield Variant(
        kind,
        "white on a dark box is shown",
        lambda lab: _paper(lab, _white_on_dark()),
        _is("Bubbles in glass."),
        reads="pdf",
    )


def _white_on_dark() -> PdfPage:
    texts = [*paragraph(70, 80, _TEXT * 3, width=450), *paragraph(70, 500, _TEXT * 5, width=450)]
    caption = f"0 g 110 430 370 25 re f 1 g {_shown('Figure 1. Bubbles in glass.', 120, 440, 9)} 0 g"
    return PdfPage(texts, [((150.0, 220.0, 420.0, 370.0), 0.4)], operators=caption)


def _letters() -> Iterator[Variant]:
    kind = "letters and signs"
    for name, letters in {
        "mathematical italic": "25 𝜇g/mL", "mathematical bold": "𝐄 = 3 GPa", "micro sign": "25 µg/mL", "Greek mu": "25 μg/mL",
        "times": "3 × 10 mm", "minus": "−3 °C", "angstrom": "5 Å", "less or equal": "d ≤ 3 nm", "ohm": "5 Ω", "degree": "900 °C",
        "plus or minus": "5 ± 1 µm", "fractions": "½ of it", "double-struck": "in ℝ it is", "script": "the 𝒩 of them",
        "emoji": "marked 🔬 here", "arrows": "from a → b", "prime": "at 5′ from it", "superscript digits": "10⁵ of them",
    }.items():  # fmt: skip
        caption = f"Glass with {letters} held still."
        yield Variant(
            kind,
            name,
            lambda lab, c=caption: _paper(lab, _page(f"Figure 1. {c}")),
            lambda o, c=caption: _alike(o, c),
            reads="pdf",
        )


def _alike(outcome: Outcome, caption: str) -> None:
    import unicodedata

    (found,) = [text.text for text in outcome.only.texts if text.kind == "caption"]
    same = found == caption or unicodedata.normalize("NFKC", found) == unicodedata.normalize("NFKC", caption)
    assert same, f"{found!r} is not {caption!r}"


def _captions() -> Iterator[Variant]:
    kind = "captions that go on"
    yield Variant(kind, "double-spaced", lambda lab: _paper(lab, _double_spaced()), _is(_LONG), reads="pdf")
    yield Variant(kind, "one and a half", lambda lab: _paper(lab, _double_spaced(1.8)), _is(_LONG), reads="pdf")
    yield Variant(kind, "line numbers at the left", lambda lab: _paper(lab, _line_numbers(30)), _is(_LONG), reads="pdf")
    yield Variant(
        kind, "line numbers at the right", lambda lab: _paper(lab, _line_numbers(560)), _is(_LONG), reads="pdf"
    )
    yield Variant(
        kind, "every fifth line numbered", lambda lab: _paper(lab, _line_numbers(30, every=5)), _is(_LONG), reads="pdf"
    )
    yield Variant(kind, "goes on on the next page", lambda lab: _paper(lab, *_next_page()), _whole_or_said, reads="pdf")
    yield Variant(
        kind, "goes on in the next column", lambda lab: _paper(lab, _next_column()), _whole_or_said, reads="pdf"
    )
    yield Variant(kind, "beside the figure", lambda lab: _paper(lab, _beside()), _is(_LONG), reads="pdf")
    yield Variant(
        kind, "in two paragraphs", lambda lab: _paper(lab, _page("Figure 1. " + _LONG)), _is(_LONG), reads="pdf"
    )
    yield Variant(
        kind,
        "label on a line of its own",
        lambda lab: _paper(lab, _label_alone()),
        _is("Bubbles in glass."),
        reads="pdf",
    )


def _double_spaced(pitch: float = 2.4) -> PdfPage:
    def lines(top: float, words: str) -> list[Any]:
        return [(x, top + 10 + place * 10 * pitch, size, text, bold)
            for place, (x, _, size, text, bold) in enumerate(paragraph(90, top, words, width=420))]  # fmt: skip

    return PdfPage(
        [*lines(70, _TEXT * 2), *lines(390, f"Figure 1. {_LONG}"), *lines(560, _TEXT * 4)],
        [((150.0, 190.0, 420.0, 360.0), 0.4)],
    )


def _line_numbers(x: float, every: int = 1) -> PdfPage:
    page = _page(f"Figure 1. {_LONG}")
    baselines = sorted({text[1] for text in page.texts})
    numbers = [(x, y, 8.0, str(n), False) for n, y in enumerate(baselines, start=1) if n % every == 0]
    return PdfPage([*page.texts, *numbers], page.boxes)


def _next_page() -> list[PdfPage]:
    first, second = _LONG.split(" near ", 1)
    one = PdfPage(
        [*paragraph(70, 80, _TEXT * 3, width=450), *paragraph(120, 770, f"Figure 1. {first} near", size=9, width=350)],
        [((100.0, 180.0, 480.0, 760.0), 0.4)],
    )
    two = PdfPage([*paragraph(120, 60, second, size=9, width=350), *paragraph(70, 200, _TEXT * 6, width=450)])
    return [one, two]


def _next_column() -> PdfPage:
    first, second = _LONG.split(" near ", 1)
    return PdfPage(
        [
            *paragraph(50, 80, _TEXT * 4),
            *paragraph(50, 780, f"Figure 1. {first} near", size=8),
            *paragraph(320, 80, second, size=8),
            *paragraph(320, 200, _TEXT * 9),
        ],
        [((60.0, 320.0, 270.0, 770.0), 0.4)],
    )


def _whole_or_said(outcome: Outcome) -> None:
    (caption,) = [text.text for text in outcome.only.texts if text.kind == "caption"]
    assert caption == _LONG or "unfinished" in outcome.steps or "cut" in outcome.steps, (caption, outcome.steps)


def _beside() -> PdfPage:
    return PdfPage(
        [
            *paragraph(70, 80, _TEXT * 4, width=450),
            *paragraph(350, 260, f"Figure 1. {_LONG}", size=9, width=170),
            *paragraph(70, 500, _TEXT * 6, width=450),
        ],
        [((70.0, 220.0, 330.0, 420.0), 0.4)],
    )


def _label_alone() -> PdfPage:
    return PdfPage(
        [
            *paragraph(70, 80, _TEXT * 3, width=450),
            (120, 390, 9, "Figure 1", True),
            *paragraph(120, 393, "Bubbles in glass.", size=9, width=350),
            *paragraph(70, 500, _TEXT * 5, width=450),
        ],
        [_BOX],
    )


def _set() -> Iterator[Variant]:
    kind = "how captions are set"
    plain = {
        "a sentence begins with it": _page(about="Figure 1 shows bubbles. "),
        "capitals without a mark": _page("FIGURE 1 Bubbles in glass."),
        "letters in the label": _page("Fig. 1a–c. Bubbles in glass."),
        "supplementary": _page("Supplementary Fig. 3: Bubbles in glass."),
        "extended data": _page("Extended Data Fig. 3 | Bubbles in glass."),
        "a table below": _page(more=paragraph(70, 700, "Table 1. Sizes of bubbles.", size=9)),
        "above the drawing": PdfPage(
            [
                *paragraph(70, 60, _TEXT * 3, width=450),
                *paragraph(120, 190, "Figure 1. Bubbles in glass.", size=9, width=350),
                *paragraph(70, 410, _TEXT * 5, width=450),
            ],
            [_BOX],
        ),
    }
    for name, page in plain.items():
        yield Variant(kind, name, lambda lab, p=page: _paper(lab, p), _is("Bubbles in glass."), reads="pdf")
    for degrees in (90, 180, 270):
        yield Variant(
            kind,
            f"page turned by {degrees}",
            lambda lab, d=degrees: _rotated(lab, d),
            _is("Bubbles in glass."),
            reads="pdf",
        )
    yield Variant(
        kind, "raised digits", lambda lab: _paper(lab, _raised()), _is("Glass with 10^5 bubbles."), reads="pdf"
    )
    yield Variant(
        kind,
        "hyphens at line ends",
        lambda lab: _paper(lab, _hyphens()),
        _is("Glass with many round bubbles in the microstructure of it."),
        reads="pdf",
    )
    yield Variant(kind, "two side by side", lambda lab: _paper(lab, _side_by_side()), _pair, reads="pdf")
    yield Variant(
        kind,
        "continued on another page",
        lambda lab: _paper(lab, _page(), _page("Figure 1. (continued) More of them.")),
        _is("Bubbles in glass. More of them.", said="goes on"),
        reads="pdf",
    )
    yield Variant(
        kind,
        "a list of figures before them",
        lambda lab: _paper(lab, _listed(), _page(), _page("Figure 2. Cracks at the rim.")),
        _two_shown,
        reads="pdf",
    )


def _rotated(lab: Path, degrees: int) -> None:
    _paper(lab, _page())
    path = lab / "paper.pdf"
    turned = f"/Type /Page /Rotate {degrees} /Parent".encode()
    path.write_bytes(path.read_bytes().replace(b"/Type /Page /Parent", turned))


def _lines_of(*lines: tuple[float, float, float, str, bool]) -> PdfPage:
    return PdfPage(
        [*paragraph(70, 80, _TEXT * 3, width=450), *lines, *paragraph(70, 500, _TEXT * 5, width=450)], [_BOX]
    )


def _raised() -> PdfPage:
    return _lines_of(
        (120, 390, 9, "Figure 1. Glass with 10", False), (212.2, 386, 6, "5", False), (218, 390, 9, "bubbles.", False)
    )


def _hyphens() -> PdfPage:
    return _lines_of(
        (120, 390, 9, "Figure 1. Glass with many round bub-", False),
        (120, 401, 9, "bles in the micro-", False),
        (120, 412, 9, "structure of it.", False),
    )


def _side_by_side() -> PdfPage:
    texts = [text for left in (50, 320) for top in (60, 420) for text in paragraph(left, top, _TEXT * 3)]
    one = paragraph(50, 360, "Figure 1. Bubbles in glass.", size=8)
    other = paragraph(320, 360, "Figure 2. Cracks at the rim.", size=8)
    boxes = [((60.0, 220.0, 270.0, 350.0), 0.4), ((330.0, 220.0, 540.0, 350.0), 0.6)]
    return PdfPage([*texts, *one, *other], boxes)


def _pair(outcome: Outcome) -> None:
    _two_shown(outcome)
    edges = {
        str(case.provenance.locator["label"]): case.provenance.locator["bbox_pt"] for case in outcome.cases.values()
    }
    one: Any = edges["Figure 1"]
    other: Any = edges["Figure 2"]
    assert abs(one[2] - 270) < 8, edges
    assert abs(other[0] - 330) < 8, edges


def _listed() -> PdfPage:
    return PdfPage(
        [
            (70, 80, 14, "List of figures", True),
            (70, 110, 10, "Figure 1. Bubbles in glass." + " ." * 20 + " 2", False),
            (70, 124, 10, "Figure 2. Cracks at the rim." + " ." * 20 + " 3", False),
        ]
    )


def _two_shown(outcome: Outcome) -> None:
    captions = [[text.text for text in case.texts if text.kind == "caption"] for case in outcome.cases.values()]
    assert sorted(captions) == [["Bubbles in glass."], ["Cracks at the rim."]], captions
    assert all(case.images for case in outcome.cases.values())


def _numbers() -> Iterator[Variant]:
    kind = "numbers in parts"
    for name, numbers in {
        "by chapter": ("2.1", "2.2"), "supplementary": ("S1", "S2"), "appendix": ("A.1", "A.2"), "three parts": ("2.1.1", "2.1.2"),
        "by dash": ("3-1", "3-2"), "Roman": ("IV.1", "IV.2"),
    }.items():  # fmt: skip
        yield Variant(
            kind,
            name,
            lambda lab, n=numbers: _paper(lab, _two_figures(n)),
            lambda o, n=numbers: _both(o, n),
            reads="pdf",
        )


def _two_figures(numbers: tuple[str, str]) -> PdfPage:
    one, two = numbers
    texts = [
        *paragraph(70, 60, f"{_TEXT}Bubbles are shown in Figure {one}. ", width=450),
        *paragraph(120, 250, f"Figure {one}. Bubbles in glass.", size=9, width=350),
        *paragraph(70, 300, f"{_TEXT}Cracks are shown in Figure {two}. ", width=450),
        *paragraph(120, 520, f"Figure {two}. Cracks at the rim.", size=9, width=350),
        *paragraph(70, 600, _TEXT * 4, width=450),
    ]
    return PdfPage(texts, [((150.0, 120.0, 420.0, 240.0), 0.4), ((150.0, 370.0, 420.0, 510.0), 0.6)])


def _both(outcome: Outcome, numbers: tuple[str, str]) -> None:
    labels = {str(case.provenance.locator["label"]): case for case in outcome.cases.values()}
    assert sorted(labels) == sorted(f"Figure {number}" for number in numbers), sorted(labels)
    for number, words, mention in zip(
        numbers, ("Bubbles in glass.", "Cracks at the rim."), ("Bubbles", "Cracks"), strict=True
    ):
        case = labels[f"Figure {number}"]
        captions = [text.text for text in case.texts if text.kind == "caption"]
        assert captions == [words], captions
        mentions = [text.text for text in case.texts if text.kind == "mention"]
        assert len(mentions) == 1, mentions
        assert mentions[0].endswith(f"{mention} are shown in Figure {number}."), mentions
        assert case.images


def _languages() -> Iterator[Variant]:
    kind = "captions in other languages"
    ways = {
        "German": ("Abbildung 1: Blasen im Glas.", "Blasen im Glas."), "German, short": ("Abb. 1: Blasen im Glas.", "Blasen im Glas."),
        "German, dot": ("Abb. 1. Blasen im Glas.", "Blasen im Glas."), "French": ("Figure 1 – Bulles dans le verre.", "Bulles dans le verre."),
        "French, short": ("Fig. 1 : Bulles dans le verre.", "Bulles dans le verre."),
        "Spanish": ("Figura 1. Burbujas en vidrio.", "Burbujas en vidrio."),
        "Portuguese": ("Figura 1 - Bolhas no vidro.", "Bolhas no vidro."), "Italian": ("Figura 1: Bolle nel vetro.", "Bolle nel vetro."),
        "Chinese": ("图1 玻璃中的气泡。", "玻璃中的气泡。"), "Chinese, wide digit": ("图１ 玻璃中的气泡。", "玻璃中的气泡。"),
        "Japanese": ("図1 ガラス中の気泡。", "ガラス中の気泡。"), "Chinese, colon": ("图1：玻璃中的气泡。", "玻璃中的气泡。"),
        "traditional Chinese": ("圖1 玻璃中的氣泡。", "玻璃中的氣泡。"), "Spanish, short": ("Fig. 1.- Burbujas en vidrio.", "Burbujas en vidrio."),
        "Swedish": ("Figur 1. Bubblor i glas.", "Bubblor i glas."), "Dutch": ("Figuur 1: Bellen in glas.", "Bellen in glas."),
        "Dutch, long": ("Afbeelding 1. Bellen in glas.", "Bellen in glas."),
        "capitals": ("FIGURE 1. Bubbles in glass.", "Bubbles in glass."), "bar": ("Fig. 1 | Bubbles in glass.", "Bubbles in glass."),
    }  # fmt: skip
    for name, (caption, words) in ways.items():
        yield Variant(kind, name, lambda lab, c=caption: _paper(lab, _page(c)), _is(words), reads="pdf")


def _bad_pages() -> Iterator[Variant]:
    kind = "bad pages"
    large = PdfPage(
        [*paragraph(70, 80, _TEXT * 4), *paragraph(120, 380, "Figure 9. A map.", size=9)], [_BOX], size=(3400.0, 2400.0)
    )
    yield Variant(
        kind,
        "a fold-out in the middle",
        lambda lab: _paper(lab, _page(), large, _page("Figure 2. Cracks.")),
        lambda o: _kept(o, 2, "page 2"),
        reads="pdf",
    )
    yield Variant(
        kind,
        "a fold-out at the head",
        lambda lab: _paper(lab, large, _page()),
        lambda o: _kept(o, 1, "page 1"),
        reads="pdf",
    )
    yield Variant(
        kind,
        "a page without contents",
        lambda lab: _paper(lab, _page(), PdfPage(), _page("Figure 2. Cracks.")),
        lambda o: _kept(o, 2, ""),
        reads="pdf",
    )
    yield Variant(
        kind,
        "pages of other sizes",
        lambda lab: _paper(lab, _page(), _page("Figure 2. Cracks.", size=(842.0, 1191.0))),
        lambda o: _kept(o, 2, ""),
        reads="pdf",
    )
    yield Variant(
        kind,
        "no figure at all",
        lambda lab: _paper(lab, PdfPage(paragraph(70, 80, _TEXT * 9))),
        _named,
        reads="pdf",
        may_refuse="no figure",
    )
    yield Variant(
        kind,
        "no text at all",
        lambda lab: _paper(lab, PdfPage((), [_BOX])),
        _named,
        reads="pdf",
        may_refuse="figure|text",
    )
    yield Variant(kind, "truncated", _truncated, _named, reads="pdf", may_refuse="PDF")


def _truncated(lab: Path) -> None:
    _paper(lab, _page())
    path = lab / "paper.pdf"
    path.write_bytes(path.read_bytes()[:300])


def _kept(outcome: Outcome, count: int, reason: str) -> None:
    assert len(outcome.cases) == count, sorted(outcome.cases)
    assert all(case.images for case in outcome.cases.values())
    assert reason in outcome.reasons, outcome.reasons
    assert bool(reason) == bool(outcome.rejected), outcome.reasons


def _named(outcome: Outcome) -> None:
    raise AssertionError(f"expected a named rejection, got {outcome.reasons!r}")


def _regions() -> Iterator[Variant]:
    kind = "regions of figures"
    heading = [(70, 480, 11, "2.3 Cracks", True)]
    yield Variant(kind, "a heading below the caption", lambda lab: _paper(lab, _page(more=heading)), _box, reads="pdf")
    above = PdfPage(
        [
            *paragraph(70, 60, _TEXT * 3, width=450),
            *paragraph(120, 190, "Figure 1. Bubbles in glass.", size=9, width=350),
            (70, 400, 11, "2.3 Cracks in it", True),
            *paragraph(70, 410, _TEXT * 5, width=450),
        ],
        [_BOX],
    )
    yield Variant(kind, "a heading below the drawing", lambda lab: _paper(lab, above), _box, reads="pdf")
    footnote = [(70, 790, 7, "1 The melts were made by others in another place.", False),
        (70, 800, 7, "2 All of them were kept for a year.", False)]  # fmt: skip
    low = PdfPage(
        [
            *paragraph(70, 80, _TEXT * 5, width=450),
            *paragraph(120, 480, "Figure 1. Bubbles in glass.", size=9, width=350),
            *footnote,
        ],
        [((150.0, 520.0, 420.0, 760.0), 0.4)],
        [(70, 778, 200, 778)],
    )
    yield Variant(
        kind,
        "a footnote below the drawing",
        lambda lab: _paper(lab, low),
        lambda o: _box(o, (150, 520, 420, 760)),
        reads="pdf",
    )
    unruled = PdfPage(low.texts, low.boxes)
    yield Variant(
        kind,
        "a footnote without a rule",
        lambda lab: _paper(lab, unruled),
        lambda o: _box(o, (150, 520, 420, 760)),
        reads="pdf",
    )
    starred = PdfPage(
        [*low.texts[:-2], (70, 790, 7, "* The melts were made by others in another place.", False)], low.boxes
    )
    yield Variant(
        kind,
        "a starred footnote",
        lambda lab: _paper(lab, starred),
        lambda o: _box(o, (150, 520, 420, 760)),
        reads="pdf",
    )
    header = [
        (70, 40, 8, "Notes on Glass 2021, 7, 77", False),
        (500, 40, 8, "5 of 12", False),
        (290, 820, 8, "5", False),
    ]
    yield Variant(kind, "running heads", lambda lab: _paper(lab, _page(more=header)), _box, reads="pdf")
    sideways = _sideways()
    yield Variant(
        kind,
        "sideways, against the clock",
        lambda lab: _paper(lab, _page("Figure 2. Cracks."), sideways),
        _sideways_read,
        reads="pdf",
    )
    yield Variant(
        kind,
        "sideways, with the clock",
        lambda lab: _paper(lab, _page("Figure 2. Cracks."), _sideways(-90)),
        _sideways_read,
        reads="pdf",
    )


def _box(outcome: Outcome, box: tuple[float, float, float, float] = _BOX[0]) -> None:
    found: Any = outcome.only.provenance.locator["bbox_pt"]
    off = max(abs(a - b) for a, b in zip(found, box, strict=True))
    assert off < 8, f"expected the region {box}, got {found}"


def _sideways(degrees: float = 90) -> PdfPage:
    words = paragraph(0, 0, f"Figure 1. {_LONG}", size=9, width=500)
    turned = [
        (460 + place * 11, 700, 9, text, degrees) if degrees > 0 else (130 - place * 11, 140, 9, text, degrees)
        for place, (_, _, _, text, _) in enumerate(words)
    ]
    return PdfPage((), [((150.0, 140.0, 430.0, 700.0), 0.4)], turned=turned)


def _sideways_read(outcome: Outcome) -> None:
    case = next((case for case in outcome.cases.values() if case.provenance.locator["label"] == "Figure 1"), None)
    assert case is not None, sorted(outcome.cases)
    captions = [text.text for text in case.texts if text.kind == "caption"]
    assert captions == [_LONG], captions
    assert case.images
