"""One XML file becomes articles with their figures, captions and mentions."""

import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources.papers.jats import article as room
from lexiscope.sources.papers.jats.article import read_articles
from lexiscope.sources.papers.jats.mentions import FigureName

META = """<front><journal-meta><journal-id>JG</journal-id></journal-meta><article-meta>
<article-id pub-id-type="doi">10.1/x</article-id><article-id pub-id-type="pmc">77</article-id>
<title-group><article-title>Grains of <italic>glass</italic></article-title></title-group>
<pub-date><year>2020</year></pub-date></article-meta></front>"""


def written(path, body, *, front=META):
    link = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    path.write_text(f"<article {link}>{front}{body}</article>", encoding="utf-8")
    return path


def figures_of(path, body):
    (article,) = read_articles(written(path / "a.xml", body))
    return article.figures


def test_facts_of_an_article(tmp_path):
    (article,) = read_articles(written(tmp_path / "a.xml", "<body/>"))
    assert (article.pmcid, article.doi, article.title) == ("PMC77", "10.1/x", "Grains of glass")
    assert (article.journal, article.year, article.licence, article.figures) == ("JG", "2020", "unknown", ())


def test_an_article_without_front_has_empty_facts(tmp_path):
    (article,) = read_articles(written(tmp_path / "a.xml", "<body/>", front=""))
    assert (article.pmcid, article.title, article.year) == ("", "", "")


def test_a_figure_with_what_is_written_about_it(tmp_path):
    (figure,) = figures_of(
        tmp_path,
        """<body><sec><title>Results</title><p>Nothing.</p><p>See Fig. 3.</p><p>As <xref ref-type="fig" rid="f3"/>.</p>
        </sec><fig id="f3"><label>Figure 3</label><caption><title>Grains.</title>
        <p>At 900&#160;K, as Fig. 3.</p></caption>
        <graphic xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="g3"/></fig></body>""",
    )
    assert (figure.id, figure.label, figure.name) == ("f3", "Figure 3", FigureName("fig", "", 3))
    assert figure.caption == "Grains. At 900 K, as Fig. 3."
    assert figure.mentions == ("See Fig. 3.", "As .")
    assert (figure.section, figure.graphics, figure.licence) == ("Results", ("g3",), None)


def test_references_inside_captions_and_tables_do_not_count(tmp_path):
    reference = '<xref ref-type="fig" rid="f1">Fig. 1</xref>'
    (figure,) = figures_of(
        tmp_path,
        f"""<body><p>Words. <fig id="f1"><label>Fig. 1</label><caption><p>See {reference}.</p></caption></fig></p>
        <table-wrap><p>In {reference}</p></table-wrap></body>""",
    )
    assert figure.mentions == ()


def test_a_group_of_figures_shares_what_refers_to_it(tmp_path):
    one, two = figures_of(
        tmp_path,
        """<body><p>Both <xref ref-type="fig" rid="g">figures</xref>.</p><fig-group id="g"><fig id="a"/><fig id="b"/>
        </fig-group></body>""",
    )
    assert one.mentions == two.mentions == ("Both figures.",)


def test_entities_formulas_and_blocks_become_words(tmp_path):
    (figure,) = figures_of(
        tmp_path,
        """<body><fig><caption><p>One.</p><p>H<sub>2</sub>O <inline-formula><tex-math>x^2</tex-math><mi>x</mi>
        </inline-formula></p><list><list-item><p>Item</p></list-item></list></caption></fig></body>""",
    )
    assert figure.caption == "One. H2O x Item"
    assert figure.id == "fig1"


def test_a_collection_holds_several_and_other_roots_none(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text("<pmc-articleset><article/><article/></pmc-articleset>")
    assert len(read_articles(path)) == 2
    path.write_text("<html><article/></html>")
    assert read_articles(path) == []


def test_broken_and_huge_files_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.xml"
    path.write_text("<article><body>")
    with pytest.raises(SourceError, match=r"a\.xml is no well-formed XML"):
        read_articles(path)
    monkeypatch.setattr(room, "MAX_XML_BYTES", 10)
    with pytest.raises(SourceError, match="at most 10 bytes of XML are read"):
        read_articles(path)


def test_articles_are_found_at_any_depth_under_any_name_space(tmp_path):
    path = tmp_path / "a.xml"
    fig = '<fig id="f1"><label>Figure 1</label><caption><p>Bubbles {0}.</p></caption></fig>'
    one = f'<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/"><body>{fig}</body></article>'.format(1)
    two = '<j:article xmlns:j="urn:j"><j:body><j:fig><j:caption><j:p>Two</j:p></j:caption></j:fig></j:body></j:article>'
    records = "".join(f"<record><metadata>{each}</metadata></record>" for each in (one, two))
    path.write_text(
        f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>{records}</ListRecords></OAI-PMH>'
    )
    assert [[f.caption for f in article.figures] for article in read_articles(path)] == [["Bubbles 1."], ["Two"]]


GROUP = """<body><p>See <xref ref-type="fig" rid="g">Figure 2</xref>.</p><p>Figure 2b shows more.</p>
<p>Figures 2a-b agree.</p><fig-group id="g"><label>Figure 2</label><caption><title>Glass.</title></caption>
<fig id="a"><label>(a)</label><caption><p>Before.</p></caption></fig>
<fig id="b"><label>B</label><caption><p>After.</p></caption></fig></fig-group></body>"""


def test_figures_of_a_group_have_its_label_caption_and_mentions(tmp_path):
    one, two = figures_of(tmp_path, GROUP)
    assert [(figure.label, figure.caption, figure.group_caption) for figure in (one, two)] == [
        ("Figure 2(a)", "Before.", "Glass."),
        ("Figure 2(b)", "After.", "Glass."),
    ]
    assert one.mentions == ("See Figure 2.", "Figures 2a-b agree.")
    assert two.mentions == ("See Figure 2.", "Figure 2b shows more.", "Figures 2a-b agree.")


def test_supplements_and_figures_of_an_appendix_have_names_of_their_own(tmp_path):
    labels = ("Figure 1.", "Figure 1—figure supplement 1.", "Figure 1—figure supplement 2.", "Appendix 1—figure 1.")
    body = "".join(f"<fig><label>{label}</label></fig>" for label in labels)
    texts = ("Figure 1 a.", "Figure 1—figure supplement 1 b.", "Figure 1—figure supplements 1 and 2 c.",
             "Appendix 1—figure 1 d.", "Figure 1—source data 1 e.")  # fmt: skip
    figures = figures_of(tmp_path, f"<body>{''.join(f'<p>{text}</p>' for text in texts)}{body}</body>")
    about = [[text[-2] for text in figure.mentions] for figure in figures]
    assert about == [["a"], ["b", "c"], ["c"], ["d"]]


@pytest.mark.parametrize(
    ("caption", "label", "rest"),
    [
        ("<title><bold>Figure 3.</bold> Bubbles.</title>", "Figure 3", "Bubbles."),
        ("<p>Fig. 3: Bubbles.</p>", "Fig. 3", "Bubbles."),
        ("<title>Figure 3</title><p>Bubbles.</p>", "Figure 3", "Bubbles."),
        ("<p>Figure 3 shows bubbles.</p>", "", "Figure 3 shows bubbles."),
        ("<p>Supplementary Figure 3. Bubbles.</p>", "Supplementary Figure 3", "Bubbles."),
    ],
)
def test_a_label_at_the_head_of_a_caption_is_the_label(tmp_path, caption, label, rest):
    (figure,) = figures_of(tmp_path, f"<body><fig><caption>{caption}</caption></fig></body>")
    assert (figure.label, figure.caption) == (label, rest)


def test_a_label_said_twice_is_said_once(tmp_path):
    caption = "<caption><p>Figure 3. Bubbles.</p></caption>"
    (figure,) = figures_of(tmp_path, f"<body><fig><label>Fig. 3</label>{caption}</fig></body>")
    assert (figure.label, figure.caption) == ("Fig. 3", "Bubbles.")
    (figure,) = figures_of(tmp_path, f"<body><fig><label>Fig. 4</label>{caption}</fig></body>")
    assert figure.caption == "Figure 3. Bubbles."


def test_translations_repeat_and_other_articles_inside_have_their_own(tmp_path):
    link = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    graphic = f'<graphic {link} xlink:href="{{2}}"/>'
    fig = f'<fig id="{{0}}"><label>Figure 1</label><caption><p>{{1}}</p></caption>{graphic}</fig>'
    figures = figures_of(
        tmp_path,
        f"""<body><p>See Figure 1 here.</p>{fig.format("f1", "Bubbles", "g1")}</body>
        <sub-article article-type="translation" xml:lang="es">
        <body>{fig.format("s1", "Burbujas", "g1")}</body></sub-article>
        <sub-article article-type="reply"><body><p>Our Figure 1.</p>
        {fig.format("r1", "Foam", "g9")}</body></sub-article>""",
    )
    assert [(figure.caption, figure.mentions) for figure in figures] == [
        ("Bubbles", ("See Figure 1 here.",)),
        ("Foam", ("Our Figure 1.",)),
    ]
    assert figures[0].steps == ("its repetition in the translation (es) was left out",)


def test_other_formats_of_a_picture_are_one_picture(tmp_path):
    link = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    graphics = [f'<graphic {link} xlink:href="{name}"/>' for name in ("a.tif", "a.jpg", "b")]
    body = f"<body><fig><alternatives>{graphics[0]}{graphics[1]}</alternatives>{graphics[2]}</fig></body>"
    assert figures_of(tmp_path, body)[0].graphics == ("a.tif", "b")


def test_panels_in_groups_of_a_group_are_mentioned_by_its_number(tmp_path):
    panels = "".join(
        f'<fig-group><fig id="f2{c}"><label>({c})</label><caption><p>Part {c}.</p></caption></fig></fig-group>'
        for c in "ab"
    )
    a, b = figures_of(
        tmp_path,
        f"<body><p>Figure 2b grows.</p><p>Both do (Figure 2).</p><fig-group><label>Figure 2</label>{panels}"
        "</fig-group></body>",
    )
    assert (a.mentions, b.mentions) == (("Both do (Figure 2).",), ("Figure 2b grows.", "Both do (Figure 2)."))


def test_a_label_of_no_known_kind_is_found_word_for_word(tmp_path):
    (figure,) = figures_of(
        tmp_path,
        "<body><p>See Author response image 1.</p><p>See author response image 12.</p>"
        '<fig id="r1"><label>Author response image 1.</label></fig></body>',
    )
    assert figure.name is None
    assert figure.mentions == ("See Author response image 1.",)


@pytest.mark.parametrize(
    ("caption", "label", "rest"),
    [
        ("<bold>Abbildung 1:</bold> Blasen in Glas.", "Abbildung 1", "Blasen in Glas."),
        ("Figura 2. Burbujas.", "Figura 2", "Burbujas."),
        ("图3 玻璃中的气泡。", "图3", "玻璃中的气泡。"),
        ("Figura 2 muestra burbujas.", "", "Figura 2 muestra burbujas."),
    ],
)
def test_labels_of_other_languages_leave_the_caption(tmp_path, caption, label, rest):
    (figure,) = figures_of(tmp_path, f'<body><fig id="f"><caption><p>{caption}</p></caption></fig></body>')
    assert (figure.label, figure.caption) == (label, rest)


def test_bytes_that_are_of_no_encoding_are_refused(tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(b"<pmc-articleset>" + b"\x9d" * 99 + b"<article/></pmc-articleset>")
    with pytest.raises(SourceError, match=r"a\.xml is no well-formed XML"):
        read_articles(path)


def test_a_caption_that_stands_in_the_graphic_is_the_figures(tmp_path):
    (figure,) = figures_of(
        tmp_path,
        '<body><fig id="f"><graphic><label>Figure 1</label><caption><p>Bubbles.</p></caption></graphic></fig></body>',
    )
    assert (figure.label, figure.caption) == ("Figure 1", "Bubbles.")
