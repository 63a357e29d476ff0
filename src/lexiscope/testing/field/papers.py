"""Variants of articles in JATS: envelopes, groups, numbers, files, rights, formulas, labels."""

from collections.abc import Callable, Iterator
from pathlib import Path

from lexiscope.testing.drafts import picture
from lexiscope.testing.field.variant import Outcome, Variant

_OPEN = (
    '<permissions><license><license-p>This is an open access article under the <ext-link ext-link-type="uri" '
    'xlink:href="http://creativecommons.org/licenses/by/4.0/">Creative Commons Attribution License</ext-link>.'
    "</license-p></license></permissions>"
)
_ROOT = (
    '<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" '
    'article-type="research-article">'
)


def variants() -> Iterator[Variant]:
    """Variants of articles."""
    yield from _envelopes()
    yield from _formulas()
    yield from _groups()
    yield from _numbers()
    yield from _places()
    yield from _files()
    yield from _rights()


def article(body: str, *, rights: str = _OPEN, number: int = 7000001, back: str = "", root: str = _ROOT) -> str:
    """XML of an article with one section."""
    return (
        f"{root}<front><journal-meta><journal-title-group><journal-title>Notes</journal-title></journal-title-group>"
        f'</journal-meta><article-meta><article-id pub-id-type="pmc">{number}</article-id><title-group><article-title>'
        f"Glass</article-title></title-group>{rights}</article-meta></front><body><sec><title>Results</title>{body}"
        f"</sec></body>{back}</article>"
    )


def figure(label: str = "Figure 1", caption: str = "Bubbles in glass.", graphic: str = "f1.png", *, id: str = "f1",
    extra: str = "") -> str:  # fmt: skip
    """XML of a figure."""
    named = f"<label>{label}</label>" if label else ""
    return f'<fig id="{id}">{named}<caption><p>{caption}</p></caption><graphic xlink:href="{graphic}"/>{extra}</fig>'


def write(lab: Path, xml: str, *pictures: str, name: str = "article.xml", encoding: str = "utf-8") -> None:
    """Write an article with small pictures beside it, each another."""
    (lab / "PMC1").mkdir(exist_ok=True)
    head = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    (lab / "PMC1" / name).write_bytes((head + xml).encode(encoding))
    for seed, file in enumerate(pictures or ("f1.png",)):
        _picture(lab / "PMC1" / file, seed)


def _picture(path: Path, seed: int, size: int = 64) -> None:
    from PIL import Image as Picture

    path.parent.mkdir(parents=True, exist_ok=True)
    Picture.fromarray(picture(seed, size)).save(path)


def _captions(outcome: Outcome) -> list[str]:
    return [text.text for case in outcome.cases.values() for text in case.texts if text.kind == "caption"]


def _mentions(outcome: Outcome, label: str) -> list[str]:
    case = next(case for case in outcome.cases.values() if str(case.provenance.locator.get("label")).startswith(label))
    return [text.text for text in case.texts if text.kind == "mention"]


def _one(
    caption: str, *, mention: str = "", licence: str = "CC BY 4.0", image: bool = True
) -> Callable[[Outcome], None]:
    def right(outcome: Outcome) -> None:
        case = outcome.only
        assert _captions(outcome) == [caption], _captions(outcome)
        said = [text.text for text in case.texts if text.kind == "mention"]
        assert said == ([mention] if mention else []), said
        assert case.provenance.licence == licence, case.provenance.licence
        assert bool(case.images) is image

    return right


_ABOUT = "<p>Bubbles are round (Figure 1).</p>"
_SAID = "Bubbles are round (Figure 1)."


def _envelopes() -> Iterator[Variant]:
    kind = "envelopes of articles"
    whole = article(_ABOUT + figure())
    spaced = whole.replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" ', 1)
    prefixed = _prefixed(whole)
    ways: dict[str, tuple[str, str, str]] = {
        "OAI, one record": (
            f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><GetRecord><record><metadata>{spaced}</metadata>'
            "</record></GetRecord></OAI-PMH>", "article.xml", "utf-8"),
        "pmc-articleset": (f"<pmc-articleset>{whole}</pmc-articleset>", "set.xml", "utf-8"),
        "PubmedArticleSet around it": (f"<response><results>{whole}</results></response>", "r.xml", "utf-8"),
        "a namespace of its own": (spaced, "article.xml", "utf-8"),
        "prefixes on every element": (prefixed, "article.xml", "utf-8"),
        "called .nxml": (whole, "article.nxml", "utf-8"),
        "UTF-16": (whole, "article.xml", "utf-16"),
        "Latin-1": (whole, "article.xml", "iso-8859-1"),
        "a document type": (
            '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.2//EN" "JATS-archivearticle1.dtd">' + whole, "a.xml", "utf-8"),
    }  # fmt: skip
    for name, (xml, file, encoding) in ways.items():
        yield Variant(
            kind,
            name,
            lambda lab, x=xml, f=file, e=encoding: write(lab, x, name=f, encoding=e),
            _one("Bubbles in glass.", mention=_SAID),
            reads="jats",
        )
    two = "".join(article(_ABOUT + figure(graphic=f"f{k}.png"), number=7000000 + k) for k in (1, 2))
    yield Variant(
        kind,
        "a set of two",
        lambda lab: write(lab, f"<pmc-articleset>{two}</pmc-articleset>", "f1.png", "f2.png"),
        _two_articles,
        reads="jats",
    )
    translated = whole.replace(
        "</article>",
        '<sub-article article-type="translation" xml:lang="es"><front-stub/><body>'
        f"<p>Burbujas (Figura 1).</p>{figure('Figura 1', 'Burbujas en vidrio.', id='s1')}</body></sub-article></article>",
    )
    yield Variant(
        kind,
        "a translation inside",
        lambda lab: write(lab, translated),
        _one("Bubbles in glass.", mention=_SAID),
        reads="jats",
    )
    reply = whole.replace(
        "</article>",
        '<sub-article article-type="reply"><front-stub/><body><p>See Figure 1 of the reply.</p>'
        f"{figure('Figure 1', 'The reply.', 'r1.png', id='r1')}</body></sub-article></article>",
    )
    yield Variant(kind, "a reply inside", lambda lab: write(lab, reply, "f1.png", "r1.png"), _reply_apart, reads="jats")
    yield Variant(
        kind,
        "an article without figures",
        lambda lab: write(lab, article("<p>Words alone.</p>")),
        _named_none,
        reads="jats",
        may_refuse="figure",
    )
    yield Variant(
        kind,
        "a record without an article",
        lambda lab: write(
            lab, '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="idDoesNotExist"/></OAI-PMH>'
        ),
        _named_none,
        reads="jats",
        may_refuse="article",
    )


def _prefixed(xml: str) -> str:
    import re

    named = re.sub(r"<(/?)(?!mml:|\?|!)([a-z])", r"<\1j:\2", xml)
    return named.replace("<j:article ", '<j:article xmlns:j="https://jats.nlm.nih.gov/ns/archiving/1.3/" ', 1)


def _two_articles(outcome: Outcome) -> None:
    assert {case.group for case in outcome.cases.values()} == {"PMC7000001", "PMC7000002"}
    assert all(case.images for case in outcome.cases.values())


def _reply_apart(outcome: Outcome) -> None:
    assert sorted(_captions(outcome)) == ["Bubbles in glass.", "The reply."]
    own = next(case for case in outcome.cases.values() if case.texts[0].text == "Bubbles in glass.")
    assert [text.text for text in own.texts if text.kind == "mention"] == [_SAID]


def _named_none(outcome: Outcome) -> None:
    raise AssertionError(f"expected a named rejection, got {outcome.reasons!r}")


def _formulas() -> Iterator[Variant]:
    kind = "formulas in captions"
    math = "<inline-formula><mml:math>{}</mml:math></inline-formula>"
    tex = "<inline-formula><tex-math>{}</tex-math></inline-formula>"
    ways = {
        "sup": ("4 × 10<sup>5</sup> m<sup>−1</sup>", "4 × 10^5 m^−1"),
        "sup in bold": ("10<bold><sup>3</sup></bold> cells", "10^3 cells"),
        "sup around italics": ("10<sup><italic>3</italic></sup> cells", "10^3 cells"),
        "charges": ("Ca<sup>2+</sup> and SO<sub>4</sub><sup>2−</sup>", "Ca^2+ and SO4^2−"),
        "H2O": ("H<sub>2</sub>O", "H2O"),
        "msup": (math.format("<mml:msup><mml:mn>10</mml:mn><mml:mn>6</mml:mn></mml:msup>"), "10^6"),
        "negative msup": (
            math.format("<mml:msup><mml:mn>10</mml:mn><mml:mrow><mml:mo>−</mml:mo><mml:mn>3</mml:mn></mml:mrow></mml:msup>"),
            "10^−3"),
        "mfrac": (math.format("<mml:mfrac><mml:mn>1</mml:mn><mml:mn>2</mml:mn></mml:mfrac>"), "1/2"),
        "msub": (math.format("<mml:msub><mml:mi>T</mml:mi><mml:mi>g</mml:mi></mml:msub>"), "Tg"),
        "msubsup": (
            math.format("<mml:msubsup><mml:mi>x</mml:mi><mml:mi>i</mml:mi><mml:mn>2</mml:mn></mml:msubsup>"), "x"),
        "TeX power": (tex.format(r"$10^{5}$"), "10^5"),
        "TeX document": (
            tex.format(r"\documentclass{minimal}\usepackage{amsmath}\begin{document}$$5 \times 10^{-3}$$\end{document}"),
            "5 × 10^−3|5 × 10^-3"),
        "TeX fraction": (tex.format(r"$\frac{1}{2}$"), "1/2"),
        "TeX greek": (tex.format(r"$5\,\mu\mathrm{m}$"), "5 μm|5 µm|5μm"),
        "both TeX and MathML": (
            '<inline-formula><alternatives><tex-math>$10^{7}$</tex-math><mml:math><mml:msup><mml:mn>10</mml:mn>'
            "<mml:mn>7</mml:mn></mml:msup></mml:math></alternatives></inline-formula>", "10^7"),
        "entities": ("5 &#181;m &lt; d &#8804; 10 &#181;m", "5 µm < d ≤ 10 µm"),
        "superscript letters": ("10⁵ cells", "10⁵ cells"),
    }  # fmt: skip
    for name, (xml, wanted) in ways.items():
        yield Variant(
            kind,
            name,
            lambda lab, x=xml: write(lab, article(figure(caption=f"Glass of {x} here."))),
            lambda o, w=wanted: _holds(o, w.split("|")),
            reads="jats",
        )
    yield Variant(
        kind,
        "a citation is no exponent",
        lambda lab: write(
            lab, article(figure(caption='Glass at 300 K<sup><xref ref-type="bibr" rid="b1">12</xref></sup> is clear.'))
        ),
        _no_citation,
        reads="jats",
    )


def _holds(outcome: Outcome, wanted: list[str]) -> None:
    (caption,) = _captions(outcome)
    assert any(words in caption for words in wanted), caption


def _no_citation(outcome: Outcome) -> None:
    (caption,) = _captions(outcome)
    assert "K^12" not in caption, caption
    assert "K12" not in caption, caption


def _groups() -> Iterator[Variant]:
    kind = "groups of figures"
    head = "<label>Figure 2</label><caption><p>Scanning electron micrographs of glass.</p></caption>"
    panels = [figure(f"({letter})", f"Part {letter}.", f"f2{letter}.png", id=f"f2{letter}") for letter in "ab"]
    about = "<p>As Figure 2b shows, it grows.</p><p>Crystals grow (Figure 2).</p>"
    yield Variant(
        kind,
        "two panels",
        lambda lab: write(
            lab, article(f'{about}<fig-group id="f2">{head}{"".join(panels)}</fig-group>'), "f2a.png", "f2b.png"
        ),
        _shared,
        reads="jats",
    )
    yield Variant(
        kind,
        "labels a and b without brackets",
        lambda lab: write(
            lab,
            article(
                f'{about}<fig-group id="f2">{head}'
                f"{''.join(panels).replace('(a)', 'a').replace('(b)', 'b.')}</fig-group>"
            ),
            "f2a.png",
            "f2b.png",
        ),
        _shared,
        reads="jats",
    )
    inner = f"<fig-group>{panels[0]}</fig-group><fig-group>{panels[1]}</fig-group>"
    yield Variant(
        kind,
        "groups in a group",
        lambda lab: write(lab, article(f'{about}<fig-group id="f2">{head}{inner}</fig-group>'), "f2a.png", "f2b.png"),
        _shared,
        reads="jats",
    )
    plain = "".join(figure(f"Figure {k}", f"Own {k}.", f"f{k}.png", id=f"f{k}") for k in (1, 2))
    yield Variant(
        kind,
        "a group that says nothing",
        lambda lab: write(lab, article(f"{_ABOUT}<fig-group>{plain}</fig-group>"), "f1.png", "f2.png"),
        _own_captions,
        reads="jats",
    )
    titled = head.replace("<caption><p>", "<caption><title>").replace("</p></caption>", "</title></caption>")
    yield Variant(
        kind,
        "a title shared",
        lambda lab: write(
            lab, article(f'{about}<fig-group id="f2">{titled}{"".join(panels)}</fig-group>'), "f2a.png", "f2b.png"
        ),
        _shared,
        reads="jats",
    )
    bare = "".join(f'<fig id="f2{c}"><label>({c})</label><graphic xlink:href="f2{c}.png"/></fig>' for c in "ab")
    whole = (
        f'{head}<graphic xlink:href="f2.png"/><fig id="f2a"><label>(a)</label><caption><p>Part a.</p></caption></fig>'
    )
    yield Variant(
        kind,
        "one picture for the group",
        lambda lab: write(lab, article(f'{about}<fig-group id="f2">{whole}</fig-group>'), "f2.png"),
        _of_the_group,
        reads="jats",
    )
    two = figure().replace("</caption>", '</caption><caption xml:lang="pt"><p>Bolhas no vidro.</p></caption>')
    yield Variant(
        kind, "captions in two languages", lambda lab: write(lab, article(two)), _left_out_in_portuguese, reads="jats"
    )
    yield Variant(
        kind,
        "panels without captions",
        lambda lab: write(lab, article(f'{about}<fig-group id="f2">{head}{bare}</fig-group>'), "f2a.png", "f2b.png"),
        _shared_alone,
        reads="jats",
    )


def _of_the_group(outcome: Outcome) -> None:
    assert outcome.only.images, outcome.steps
    assert "that of the whole group" in outcome.steps, outcome.steps


def _left_out_in_portuguese(outcome: Outcome) -> None:
    assert _captions(outcome) == ["Bubbles in glass."], _captions(outcome)
    assert "its caption in pt was left out" in outcome.steps, outcome.steps


def _shared(outcome: Outcome) -> None:
    assert len(outcome.cases) == 2, sorted(outcome.cases)
    for case, letter in zip(outcome.cases.values(), "ab", strict=True):
        captions = [text.text for text in case.texts if text.kind == "caption"]
        assert captions == [f"Part {letter}.", "Scanning electron micrographs of glass."], captions
        assert case.images, case.id
        mentions = [text.text for text in case.texts if text.kind == "mention"]
        assert "Crystals grow (Figure 2)." in mentions, mentions
        assert ("As Figure 2b shows, it grows." in mentions) == (letter == "b"), mentions


def _shared_alone(outcome: Outcome) -> None:
    assert _captions(outcome) == ["Scanning electron micrographs of glass."] * 2, _captions(outcome)


def _own_captions(outcome: Outcome) -> None:
    assert _captions(outcome) == ["Own 1.", "Own 2."], _captions(outcome)
    assert _mentions(outcome, "Figure 1") == [_SAID]
    assert not _mentions(outcome, "Figure 2")


def _numbers() -> Iterator[Variant]:
    kind = "numbers and labels of figures"
    pairs = {
        "figure supplement": ("Figure 1", "Figure 1—figure supplement 1"),
        "appendix": ("Figure 1", "Appendix 1—figure 1"),
        "supplementary": ("Figure 1", "Supplementary Figure 1"),
        "S": ("Figure 1", "Figure S1"),
        "extended data": ("Fig. 1", "Extended Data Fig. 1"),
        "chapters": ("Figure 2.1", "Figure 2.2"),
        "appendix letters": ("Figure 1", "Figure A1"),
        "letters and dots": ("Figure 1", "Figure A.1"),
        "scheme": ("Figure 1", "Scheme 1"),
        "source data": ("Figure 1", "Figure 1—source data 1"),
        "box": ("Figure 1", "Box 1—figure 1"),
        "author response": ("Figure 1", "Author response image 1"),
    }
    for name, (one, other) in pairs.items():
        body = f"<p>First one: {one} is clear.</p><p>Second one: {other} is dull.</p>"
        figures = figure(one, "One.", "f1.png", id="f1") + figure(other, "Other.", "f2.png", id="f2")
        yield Variant(
            kind,
            name,
            lambda lab, x=body + figures: write(lab, article(x), "f1.png", "f2.png"),
            lambda o, a=one, b=other: _apart(o, a, b),
            reads="jats",
        )
    languages = {
        "German": ("Abbildung 1", "In Abbildung 1 sind sie rund."), "German, short": ("Abb. 1", "In Abb. 1 sind sie rund."),
        "French": ("Figure 1", "La figure 1 les montre."), "Spanish": ("Figura 1", "La figura 1 las muestra."),
        "Portuguese": ("Figura 1", "Como na Figura 1."), "Italian": ("Figura 1", "Nella figura 1 si vede."),
        "Chinese": ("图1", "如图1所示。"), "Japanese": ("図1", "図1に示す。"), "Russian": ("Рис. 1", "На рис. 1 видно."),
        "Korean": ("그림 1", "그림 1에 보인다."),
    }  # fmt: skip
    for name, (label, about) in languages.items():
        yield Variant(
            kind,
            f"{name} words",
            lambda lab, n=label, a=about: write(lab, article(f"<p>{a}</p>{figure(n)}")),
            _one("Bubbles in glass.", mention=about),
            reads="jats",
        )
    heads = {
        "bold": ("<bold>Figure 1.</bold> Bubbles in glass.", "Bubbles in glass."),
        "bold, bar": ("<bold>Fig. 1 |</bold> Bubbles in glass.", "Bubbles in glass."),
        "colon": ("Figure 1: Bubbles in glass.", "Bubbles in glass."),
        "capitals": ("FIGURE 1. Bubbles in glass.", "Bubbles in glass."),
        "German": ("<bold>Abbildung 1:</bold> Blasen in Glas.", "Blasen in Glas."),
        "Spanish": ("<bold>Figura 1.</bold> Burbujas en vidrio.", "Burbujas en vidrio."),
        "Chinese": ("<bold>图1</bold> 玻璃中的气泡。", "玻璃中的气泡。"),
    }
    for name, (caption, words) in heads.items():
        yield Variant(
            kind,
            f"label in the caption, {name}",
            lambda lab, c=caption: write(
                lab,
                article(
                    f"<p>Bubbles are round (Figure 1).</p>{figure('', c)}"
                    if "Figur" not in c[:15] or "Figure" in c
                    else f"<p>Bubbles are round (Figura 1).</p>{figure('', c)}"
                ),
            ),
            lambda o, w=words: _label_out(o, w),
            reads="jats",
        )


def _apart(outcome: Outcome, one: str, other: str) -> None:
    cases = {str(case.provenance.locator.get("label")): case for case in outcome.cases.values()}
    for label, wanted in ((one, "First"), (other, "Second")):
        said = [text.text for text in cases[label].texts if text.kind == "mention"]
        assert [text.split()[0] for text in said] == [wanted], (label, said)


def _label_out(outcome: Outcome, words: str) -> None:
    assert _captions(outcome) == [words], _captions(outcome)
    assert any(text.kind == "mention" for text in outcome.only.texts), "no mention"


def _places() -> Iterator[Variant]:
    kind = "where figures stand"
    plain, about = figure(), _ABOUT
    graphic, caption = '<graphic xlink:href="f1.png"/>', "<caption><p>Bubbles in glass.</p></caption>"
    ways = {
        "at the end of the article": article(about).replace(
            "</article>", f"<floats-group>{plain}</floats-group></article>"
        ),
        "in a box": article(f"{about}<boxed-text><sec><title>Box</title>{plain}</sec></boxed-text>"),
        "in a paragraph": article(f"{about}<p>Text before {plain} and after.</p>"),
        "in an appendix": article(about, back=f"<back><app-group><app>{plain}</app></app-group></back>"),
        "in supplementary material": article(f"{about}<supplementary-material>{plain}</supplementary-material>"),
        "in a list": article(f"{about}<list><list-item>{plain}</list-item></list>"),
        "sections in sections": article(f"{about}<sec><sec><sec>{plain}</sec></sec></sec>"),
        "caption in the graphic": article(
            f'{about}<fig id="f1"><label>Figure 1</label><graphic xlink:href="f1.png">{caption}</graphic></fig>'
        ),
        "graphic before the caption": article(f'{about}<fig id="f1">{graphic}<label>Figure 1</label>{caption}</fig>'),
        "alternative text": article(
            f'{about}<fig id="f1"><label>Figure 1</label>{caption}<alt-text>round things</alt-text>{graphic}</fig>'
        ),
        "links in the caption": article(
            about + figure(caption='Bubbles in <ext-link xlink:href="http://x.example">glass</ext-link>.')
        ),
        "a comment in the caption": article(about + figure(caption="Bubbles <!-- no --> in glass.")),
        "title and paragraph": article(
            f'{about}<fig id="f1"><label>Figure 1</label><caption><title>Bubbles</title><p>in glass.</p></caption>{graphic}</fig>'
        ),
        "a line break in the caption": article(about + figure(caption="Bubbles<break/>in glass.")),
        "an id of its own": article(about + figure(extra='<object-id pub-id-type="doi">10.1/x.g1</object-id>')),
        "a query behind the name": article(about + figure(graphic="f1.png?v=2")),
        "an address of the web": article(about + figure(graphic="https://example.org/a/f1.png")),
        "a table as a picture beside": article(
            f'{about}{plain}<table-wrap id="t1"><label>Table 1</label><graphic xlink:href="t1.png"/></table-wrap>'
        ),
    }
    for name, xml in ways.items():
        yield Variant(
            kind, name, lambda lab, x=xml: write(lab, x), _one("Bubbles in glass.", mention=_SAID), reads="jats"
        )
    sign = article(about + figure(caption='Bubbles <inline-graphic xlink:href="f9.png"/> in glass.'))
    yield Variant(
        kind,
        "a sign as a picture in the caption",
        lambda lab: write(lab, sign, "f1.png", "f9.png"),
        lambda o: _taken(o, 0),
        reads="jats",
    )
    three = plain + figure("Figure 2", "Cracks.", "f2.png", id="f2") + figure("Figure 3", "Pores.", "f3.png", id="f3")
    yield Variant(
        kind,
        "a range of figures",
        lambda lab: write(lab, article(f"<p>See Figures 1–3 for all.</p>{three}"), "f1.png", "f2.png", "f3.png"),
        _all_mentioned,
        reads="jats",
    )
    both = '<p>Seen <xref ref-type="fig" rid="f1 f2 f3">there</xref>.</p>'
    yield Variant(
        kind,
        "one reference to three",
        lambda lab: write(lab, article(both + three), "f1.png", "f2.png", "f3.png"),
        _all_mentioned,
        reads="jats",
    )


def _all_mentioned(outcome: Outcome) -> None:
    assert len(outcome.cases) == 3
    for case in outcome.cases.values():
        assert any(text.kind == "mention" for text in case.texts), case.id


def _files() -> Iterator[Variant]:
    kind = "which file is the figure"
    ways: dict[str, tuple[str, tuple[str, ...], str]] = {
        "href without suffix": ("f1", ("f1.png",), "f1.png"),
        "href of another format": ("f1.tif", ("f1.jpg",), "f1.jpg"),
        "in a folder": ("figures/f1.png", ("figures/f1.png", "thumbs/f1.png"), "figures/f1.png"),
        "capitals": ("F1.PNG", ("f1.png",), "f1.png"),
        "blanks in names": ("fig 1.png", ("fig 1.png",), "fig 1.png"),
        "quoted blanks": ("fig%201.png", ("fig 1.png",), "fig 1.png"),
        "by number": ("something-else", ("fig01.png",), "fig01.png"),
        "dots in names": ("10.1371.g001", ("10.1371.g001.png",), "10.1371.g001.png"),
        "prefix of a scheme": ("info:doi/10.1371/f1", ("f1.png",), "f1.png"),
    }
    for name, (href, files, taken) in ways.items():
        yield Variant(
            kind,
            name,
            lambda lab, h=href, f=files: write(lab, article(figure(graphic=h)), *f),
            lambda o, t=taken, f=files: _taken(o, f.index(t)),
            reads="jats",
        )
    yield Variant(kind, "a thumbnail beside it", _with_thumbnail, _large_taken, reads="jats")
    several = figure().replace("</fig>", '<graphic xlink:href="f1b.png"/></fig>')
    yield Variant(
        kind, "two graphics", lambda lab: write(lab, article(several), "f1.png", "f1b.png"), _said_or_kept, reads="jats"
    )
    alternatives = figure().replace(
        '<graphic xlink:href="f1.png"/>',
        '<alternatives><graphic xlink:href="f1.png"/><graphic xlink:href="f1.tif"/></alternatives>',
    )
    yield Variant(
        kind, "alternatives of one picture", lambda lab: write(lab, article(alternatives)), _no_step, reads="jats"
    )
    yield Variant(
        kind,
        "media beside it",
        lambda lab: write(lab, article(figure(extra='<media xlink:href="v1.mp4"/>'))),
        _one("Bubbles in glass."),
        reads="jats",
    )
    yield Variant(kind, "no file", lambda lab: _without_file(lab), _no_image, reads="jats")


def _taken(outcome: Outcome, seed: int) -> None:
    found = outcome.pixels(next(iter(outcome.only.images.values())))
    plane = found if found.ndim == 2 else found[0]
    wanted = picture(seed).astype(float)
    assert abs(plane.astype(float) - wanted).mean() < 12, "another picture was taken"


def _with_thumbnail(lab: Path) -> None:
    write(lab, article(figure(graphic="f1")), "f1.png")
    _picture(lab / "PMC1" / "f1.gif", 5, 24)


def _large_taken(outcome: Outcome) -> None:
    assert outcome.image.shape == (64, 64), outcome.image.shape


def _said_or_kept(outcome: Outcome) -> None:
    assert len(outcome.only.images) == 2 or "left out" in outcome.steps, outcome.steps


def _no_step(outcome: Outcome) -> None:
    assert len(outcome.only.images) == 1
    assert "left out" not in outcome.steps, outcome.steps


def _without_file(lab: Path) -> None:
    write(lab, article(figure()))
    (lab / "PMC1" / "f1.png").unlink()


def _no_image(outcome: Outcome) -> None:
    assert not outcome.only.images
    assert "no image file" in outcome.steps, outcome.steps


def _rights() -> Iterator[Variant]:
    kind = "rights of figures"
    inside: dict[str, tuple[str, str]] = {
        "copyright of another": (
            "<permissions><copyright-statement>© 2009 Example Press. Reprinted with permission.</copyright-statement></permissions>",
            "unknown"),
        "holder alone": ("<permissions><copyright-holder>Example Press</copyright-holder></permissions>", "unknown"),
        "licence of its own": (
            '<permissions><license><license-p>CC BY-NC 4.0</license-p></license></permissions>', "CC BY-NC 4.0"),
        "address of its own": (
            '<permissions><ali:license_ref xmlns:ali="http://www.niso.org/schemas/ali/1.0/">'
            "https://creativecommons.org/licenses/by-nd/4.0/</ali:license_ref></permissions>", "CC BY-ND 4.0"),
        "photo line": ("<attrib>Photo: Example Press</attrib>", "unknown"),
        "credit line": ("<attrib>Courtesy of the museum.</attrib>", "unknown"),
        "German credit": ("<attrib>Mit freundlicher Genehmigung des Museums.</attrib>", "unknown"),
        "French credit": ("<attrib>Reproduit avec la permission de l'éditeur.</attrib>", "unknown"),
        "Spanish credit": ("<attrib>Reproducido con permiso del editor.</attrib>", "unknown"),
        "source line": ("<attrib>Source: Example Press, 2009.</attrib>", "unknown"),
        "own credit": ("<attrib>Photo by the authors.</attrib>", "CC BY 4.0"),
    }  # fmt: skip
    for name, (extra, licence) in inside.items():
        for option in ("unknown", "CC0-1.0"):
            yield Variant(
                kind,
                f"{name}, --licence {option}",
                lambda lab, e=extra: write(lab, article(figure(extra=e))),
                lambda o, w=licence: _licence(o, w),
                reads="jats",
                options={"licence": option},
            )
    words = {
        "adapted": "Oven, adapted from Example et al. [3].", "permission": "Oven. Reprinted with permission from [3].",
        "modified": "Oven, modified from [3].", "redrawn": "Oven, redrawn from [3].", "image credit": "Oven. Image credit: NASA.",
        "taken from": "Oven, taken from [3].", "German": "Ofen, nach [3], mit Genehmigung.",
        "after": "Oven, after Smith and Jones (2001).", "French": "Four, repris de Dupont (1999).",
        "Spanish": "Horno, tomado de García (2003).", "Chinese": "炉(图片来源:张,2012)", "Japanese": "炉。出典:田中(2010)",
        "figure from": "Oven. Figure from Example et al. (2009), used under licence from Elsevier.",
    }  # fmt: skip
    for name, caption in words.items():
        yield Variant(
            kind,
            f"caption says {name}",
            lambda lab, c=caption: write(lab, article(figure(caption=c))),
            lambda o: _licence(o, "unknown"),
            reads="jats",
        )
    yield Variant(
        kind,
        "no rights, --licence",
        lambda lab: write(lab, article(figure(), rights="")),
        lambda o: _licence(o, "CC0-1.0"),
        reads="jats",
        options={"licence": "CC0-1.0"},
    )
    yield Variant(
        kind,
        "all rights reserved, --licence",
        lambda lab: write(
            lab,
            article(
                figure(),
                rights="<permissions>"
                "<copyright-statement>© 2020 Example Press. All rights reserved.</copyright-statement></permissions>",
            ),
        ),
        lambda o: _licence(o, "unknown"),
        reads="jats",
        options={"licence": "CC0-1.0"},
    )


def _licence(outcome: Outcome, licence: str) -> None:
    assert outcome.only.provenance.licence == licence, outcome.only.provenance.licence
