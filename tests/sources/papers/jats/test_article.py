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
