import json
import re
import time

import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import UsageError
from lexiscope.sources.draft import Draft, Rejected, Unread
from lexiscope.sources.papers.jats import JatsSource

FRONT = """<front><journal-meta><journal-title-group><journal-title>J. Steel</journal-title></journal-title-group>
</journal-meta><article-meta><article-id pub-id-type="doi">10.1/x</article-id>
<article-id pub-id-type="pmc">77</article-id>
<title-group><article-title>Grains of <italic>steel</italic></article-title></title-group>
<pub-date><year>2020</year></pub-date><permissions><license><license-p>
<ext-link xlink:href="http://creativecommons.org/licenses/by/4.0/">CC</ext-link></license-p></license></permissions>
</article-meta></front>"""
BODY = """<body><sec><p>Nothing here.</p><p>See <xref ref-type="fig" rid="f1">Fig. 1</xref>&#8211;<xref ref-type="fig"
 rid="f3">3</xref>.</p><p>Figures 2b and 3 agree.</p><p>Both <xref ref-type="fig" rid="f1 f2">these</xref>.
<fig id="f1"><label>Figure 1</label><caption><title>Steel.</title><p>H<sub>2</sub>O at 10<sup>3</sup>&#160;K
 <inline-formula><alternatives
><tex-math>\\alpha</tex-math><mml:math><mml:mi>α</mml:mi></mml:math></alternatives></inline-formula>,
as in <xref ref-type="fig" rid="f3">Fig. 3</xref>.</p></caption>
<graphic xlink:href="one.TIF"/></fig>
</p></sec></body>
<floats-group><fig id="f2"><label>Figure 2</label><caption><p>Two.</p></caption><graphic xlink:href="x-g002"/></fig>
<fig id="f3"><label>Figure 3</label><caption><p>Three.</p></caption><graphic xlink:href="x-g003"/></fig>
</floats-group>"""


def article(body=BODY, doctype='<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS.dtd">'):
    spaces = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"'
    return f'<?xml version="1.0"?>{doctype}<article {spaces}>{FRONT}{body}</article>'


@pytest.fixture
def folder(tmp_path):
    paper = tmp_path / "papers" / "one"
    (paper / "figures").mkdir(parents=True)
    (paper / "article.xml").write_text(article(), encoding="utf-8")
    for name in ("one.jpg", "fig02.png"):
        Pillow.fromarray(np.zeros((4, 4), np.uint8)).save(paper / "figures" / name)
    return tmp_path / "papers"


def test_one_case_a_figure_with_what_the_article_says(folder):
    first, second, third = JatsSource(folder).drafts()
    assert [d.id for d in (first, second, third)] == ["PMC77-f1", "PMC77-f2", "PMC77-f3"]
    assert first.group == "PMC77"
    assert first.attributes == {"article_title": "Grains of steel", "journal": "J. Steel", "year": 2020}
    assert first.provenance.licence == "CC BY 4.0"
    assert first.provenance.locator == {
        "file": "one/article.xml", "fig": "f1", "label": "Figure 1", "doi": "10.1/x", "pmcid": "PMC77"
    }  # fmt: skip
    assert first.texts[0].text == "Steel. H2O at 10^3 K α, as in Fig. 3."


def test_every_paragraph_that_refers_to_a_figure_mentions_it(folder):
    mentions = [[p.text for p in d.texts if p.kind == "mention"] for d in JatsSource(folder).drafts()]
    ranged, named, both = "See Fig. 1–3.", "Figures 2b and 3 agree.", "Both these."
    assert mentions == [[ranged, both], [ranged, named, both], [ranged, named]]


def test_the_section_of_the_first_mention_is_kept(tmp_path):
    body = """<body><sec><title>Results</title><sec><title>Grains <italic>grow</italic></title><p>See Fig. 1.</p>
    <fig id="f1"><label>Fig. 1</label></fig></sec></sec>
    <sec><title>Discussion</title><p>Fig. 1 again.</p></sec></body>"""
    (tmp_path / "a.xml").write_text(article(body))
    (draft,) = JatsSource(tmp_path).drafts()
    assert draft.provenance.locator["section"] == "Grains grow"


def test_images_are_found_by_name_then_by_number_and_absence_is_noted(folder):
    first, second, third = JatsSource(folder).drafts()
    assert first.images["figure"].origin.name == "one.jpg"
    assert second.images["figure"].origin.name == "fig02.png"
    assert not third.images
    assert third.provenance.steps == ("no image file for x-g003",)


def test_numbered_names_are_not_trusted_where_articles_share_a_folder(folder):
    (folder / "one" / "other.xml").write_text(article(), encoding="utf-8")
    assert not any(
        d.images for d in JatsSource(folder).drafts() if isinstance(d, Draft) and d.provenance.locator["fig"] == "f2"
    )


def test_a_link_to_an_image_outside_is_rejected_and_the_figure_kept(folder):
    Pillow.fromarray(np.zeros((4, 4), np.uint8)).save(folder.parent / "secret.png")
    (folder / "one" / "figures" / "fig03.png").symlink_to(folder.parent / "secret.png")
    found = list(JatsSource(folder).drafts())
    assert [type(one) for one in found] == [Draft, Draft, Rejected, Draft]
    assert not found[-1].images


def test_detection_needs_an_article(folder, tmp_path):
    assert JatsSource.detect(folder)
    assert JatsSource.detect(folder / "one")
    assert JatsSource.detect(folder / "one" / "article.xml")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.xml").write_text("<svg/>")
    assert not JatsSource.detect(tmp_path / "other")
    (unread,) = JatsSource(tmp_path / "other").drafts()
    assert isinstance(unread, Unread)
    assert "holds no <article>" in unread.reason
    with pytest.raises(UsageError, match="found none"):
        JatsSource(folder / "one" / "figures").drafts()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMBS = {
    "billion laughs": (f'<!DOCTYPE article [<!ENTITY l0 "lol">{LAUGHS}]>', "&l11;"),
    "quadratic": (f'<!DOCTYPE article [<!ENTITY a "{"x" * 50_000}">]>', "&a;" * 20_000),
    "external": ('<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
    "external dtd": ('<!DOCTYPE article SYSTEM "http://127.0.0.1:1/x.dtd">', "&x;"),
    "parameter": ('<!DOCTYPE article [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>', "words"),
    "deep": ("", "<italic>" * 100_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_xml_bombs_are_refused_or_harmless(tmp_path, name):
    doctype, words = BOMBS[name]
    body = f'<body><p>x</p><fig id="f"><label>Fig. 1</label><caption><p>{words}</p></caption></fig></body>'
    (tmp_path / "a.xml").write_text(article(body, doctype))
    started = time.process_time()
    found = list(JatsSource(tmp_path).drafts())
    assert time.process_time() - started < 5  # seconds of this process, however busy the machine is
    texts = [p.text for one in found if isinstance(one, Draft) for p in one.texts]
    assert all(len(text) < 100_000 and "root:" not in text for text in texts)


def test_laughs_in_an_attribute_are_refused_or_harmless(tmp_path):
    body = '<body><fig id="&l11;"><caption><p>x</p></caption></fig></body>'
    (tmp_path / "a.xml").write_text(article(body, BOMBS["billion laughs"][0]))
    for one in JatsSource(tmp_path).drafts():
        assert isinstance(one, Rejected) or len(one.id) < 100_000


def test_letters_by_name_are_read_without_the_dtd(tmp_path):
    body = '<body><fig id="f"><caption><p>&alpha;-iron, 5&nbsp;&micro;m</p></caption></fig></body>'
    (tmp_path / "a.xml").write_text(article(body))
    (draft,) = JatsSource(tmp_path).drafts()
    assert draft.texts[0].text == "α-iron, 5 µm"


@pytest.mark.parametrize("text", ["", "<article>", "<article", "\0\1", "no xml"])
def test_broken_xml_is_rejected_and_the_rest_goes_on(folder, text):
    (folder / "two").mkdir()
    (folder / "two" / "article.xml").write_text(text)
    found = list(JatsSource(folder).drafts())
    assert [type(one) for one in found] == [Draft, Draft, Draft, Rejected]


def test_figures_with_one_id_get_ids_of_their_own(tmp_path):
    fig = '<fig id="f"><caption><p>x</p></caption></fig>'
    (tmp_path / "a.xml").write_text(article(f"<body>{fig}{fig}<fig/></body>"))
    assert [d.id for d in JatsSource(tmp_path).drafts()] == ["PMC77-f", "PMC77-f-2", "PMC77-fig3"]


@pytest.mark.shared
def test_real_papers_agree_with_their_reference(shared):
    """Captions are compared without white space, which the reference drops after titles; where it holds TeX, not."""
    root = (shared / "papers_cc_by").resolve()  # as the files of drafts are
    found = [d for d in JatsSource(root).drafts() if isinstance(d, Draft)]
    drafts = {(d.group, d.provenance.locator["fig"]): d for d in found}
    captions = labels = images = licences = total = 0
    for file in sorted(root.glob("*/figures.json")):
        for figure in json.loads(file.read_text())["figures"]:
            draft = drafts[file.parent.name, figure["id"]]
            total += 1
            caption = next((p.text for p in draft.texts if p.kind == "caption"), "")
            captions += _plain(caption) == _plain(figure["caption"]) or "\\document" in figure["caption"]
            licences += draft.provenance.licence == "unknown" or not figure.get("third_party_notice")
            labels += draft.provenance.locator.get("label", "") == figure["label"]
            image = str(draft.images["figure"].origin.relative_to(file.parent)) if draft.images else None
            images += image == figure.get("image")
    assert (captions, labels, images, licences) == (total, total, total, total)


def _plain(caption):
    """Letters and digits of a caption: the reference drops white space and the signs of formulas."""
    return re.sub(r"[\s^()/_\[\],∘°]", "", caption)


def test_a_licence_that_is_given_never_overrides_a_stated_one(tmp_path):
    own = "<permissions><copyright-holder>Example Press</copyright-holder></permissions>"
    body = f'<body><fig id="f1">{own}</fig><fig id="f2"/></body>'
    (tmp_path / "a.xml").write_text(article(body))
    (tmp_path / "b.xml").write_text("<article><body><fig id='f3'/></body></article>")
    reserved = "<permissions><license><license-p>Example user licence</license-p></license></permissions>"
    front = f"<front><article-meta>{reserved}</article-meta></front>"
    (tmp_path / "c.xml").write_text(f"<article>{front}<body><fig id='f4'/></body></article>")
    drafts = list(JatsSource(tmp_path, licence="CC0 1.0").drafts())
    assert [draft.provenance.licence for draft in drafts] == ["unknown", "CC BY 4.0", "CC0 1.0", "unknown"]
    assert "CC0 1.0 was not written down" in drafts[3].provenance.steps[-1]


def test_an_article_without_figures_is_named(tmp_path):
    (tmp_path / "a.xml").write_text(article("<body><p>Words.</p></body>"))
    (unread,) = JatsSource(tmp_path).drafts()
    assert (type(unread), unread.path) == (Unread, str(tmp_path / "a.xml"))


def test_articles_of_one_file_without_ids_have_ids_of_their_own(tmp_path):
    one = "<article><body><fig id='f1'/></body></article>"
    (tmp_path / "a.xml").write_text(f"<records>{one}{one}</records>")
    assert [draft.id for draft in JatsSource(tmp_path).drafts()] == ["a-1-f1", "a-2-f1"]
