"""The article is JATS that our own reader understands, with every figure, caption and mention."""

import numpy as np
import pytest
from lxml import etree

from lexiscope.simulate.glass.article import article_xml
from lexiscope.simulate.glass.figure_text import FigureText
from lexiscope.simulate.glass.plan import plan_paper

TEXTS = {
    1: FigureText("SEM image of glass.", ("Fig. 1 shows pores. As seen in Figure 1, they are round.",)),
    2: FigureText("SEM image of steel & tin.", ("Figs. 2a shows cracks.", "{not a slot} <tag> Figure 2.")),
}


def _article(seed=0):
    return etree.fromstring(article_xml(plan_paper(4, seed=0), TEXTS, rng=np.random.default_rng(seed)))


def _paragraphs(article):
    return ["".join(p.itertext()) for p in article.findall("body/sec/p")]


@pytest.mark.parametrize("seed", range(10))
def test_every_word_is_there_whether_or_not_references_are_links(seed):
    article = _article(seed)
    paragraphs = _paragraphs(article)
    assert all(mention in paragraphs for text in TEXTS.values() for mention in text.mentions)
    assert "Figures 1 and 2 show glasses of this series." in paragraphs
    for link in article.iter("xref"):
        assert link.get("rid") in ("fig1", "fig2")
        assert link.get("rid").removeprefix("fig") in link.text


def test_figures_have_label_caption_and_file():
    figures = _article().findall("body/sec/fig")
    assert [(f.get("id"), f.findtext("label"), f.findtext("caption/p")) for f in figures] == [
        ("fig1", "Figure 1", "SEM image of glass."),
        ("fig2", "Figure 2", "SEM image of steel & tin."),
    ]
    assert [f.find("graphic").get("{http://www.w3.org/1999/xlink}href") for f in figures] == ["fig1.png", "fig2.png"]


def test_some_references_are_links_and_some_are_words():
    counts = {len(list(_article(seed).iter("xref"))) for seed in range(20)}
    assert min(counts) < 2 < max(counts)


def test_paper_id_and_licence():
    article = _article()
    assert article.findtext(".//article-id") == "glass-0-00004"
    licence = article.find(".//license").get("{http://www.w3.org/1999/xlink}href")
    assert licence.startswith("https://creativecommons.org/publicdomain/zero")
