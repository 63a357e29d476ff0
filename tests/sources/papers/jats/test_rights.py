"""The licence of a figure is its own where it states one, and unknown where it credits others."""

import pytest
from lxml import etree

from lexiscope.sources.papers.jats.rights import article_rights, figure_rights

META = etree.fromstring(
    "<article-meta><permissions><copyright-statement>© 2020 The Authors</copyright-statement>"
    "<license><license-p>CC BY 4.0</license-p></license></permissions></article-meta>"
)


def rights(inside, around=""):
    group = etree.fromstring(f"<fig-group>{around}<fig>{inside}</fig></fig-group>")
    return figure_rights(group.find("fig"), META)


@pytest.mark.parametrize(
    ("inside", "licence"),
    [
        ("", None),
        ("<caption><p>An oven.</p></caption>", None),
        ("<caption><p>Cells adapted to heat.</p></caption>", None),
        ("<caption><p>An oven. Reproduced with permission from [3].</p></caption>", "unknown"),
        ("<caption><p>An oven. Copyright 2016, Example Press.</p></caption>", "unknown"),
        ("<caption><p>An oven, adapted from [3] (CC BY-SA 3.0).</p></caption>", "CC BY-SA 3.0"),
        ("<attrib>Courtesy of the museum</attrib>", "unknown"),
        ("<attrib>Mit freundlicher Genehmigung des Museums</attrib>", "unknown"),
        ("<attrib>Reproducido con permiso del editor</attrib>", "unknown"),
        ("<attrib>Source: Example Press, 2009</attrib>", "unknown"),
        ("<attrib>Source: the authors</attrib>", None),
        ("<caption><p>An oven, modified from [3].</p></caption>", "unknown"),
        ("<caption><p>An oven. Image credit: Example Museum.</p></caption>", "unknown"),
        ("<caption><p>Samples taken from the oven, light source: laser.</p></caption>", None),
        ("<permissions><copyright-statement>© 2009 Example Press</copyright-statement></permissions>", "unknown"),
        ("<permissions><copyright-holder>Example Press</copyright-holder></permissions>", "unknown"),
        ("<permissions><copyright-statement>© 2020 The Authors.</copyright-statement></permissions>", None),
        ("<permissions><license><license-p>CC BY-NC 4.0</license-p></license></permissions>", "CC BY-NC 4.0"),
        ("<permissions><license><p>not covered by the CC BY 4.0 licence</p></license></permissions>", "unknown"),
        ("<graphic><permissions><copyright-year>2009</copyright-year></permissions></graphic>", "unknown"),
    ],
)
def test_rights_of_a_figure(inside, licence):
    assert rights(inside) == licence


def test_rights_of_a_group_hold_for_its_figures():
    assert rights("", "<permissions><copyright-holder>Example Press</copyright-holder></permissions>") == "unknown"
    assert rights("", "<caption><p>Reprinted with permission.</p></caption>") == "unknown"


@pytest.mark.parametrize(
    ("inside", "licence"),
    [
        ("", None),
        ("<permissions><copyright-statement>© 2020</copyright-statement></permissions>", None),
        (
            "<permissions><copyright-statement>© 2020. All rights reserved.</copyright-statement></permissions>",
            "unknown",
        ),
        ("<permissions><license><license-p>Example user licence</license-p></license></permissions>", "unknown"),
        ("<permissions><license><license-p>CC BY 4.0</license-p></license></permissions>", "CC BY 4.0"),
    ],
)
def test_rights_of_an_article(inside, licence):
    assert article_rights(etree.fromstring(f"<article-meta>{inside}</article-meta>")) == licence
