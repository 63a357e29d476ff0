"""The rules bring texts, attributes and masks together, and ask nothing where they disagree."""

import pytest

from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.by_rules import RuleGenerator

_CAPTIONS = ("SEM image of glass with cracks.", "Light micrograph of steel without cracks.")


def _topics(corpus, **options):
    generator = RuleGenerator(corpus, **options)
    return [[candidate.topic for candidate in each] for each in generator.candidates(corpus)]


def test_the_same_corpus_gives_the_same_candidates_and_another_seed_other_wordings(figures):
    corpus = figures(*_CAPTIONS)
    first, again, other = (list(RuleGenerator(corpus, seed=seed).candidates(corpus)) for seed in (0, 0, 5))
    assert first == again
    assert [[c.topic for c in each] for each in first] == [[c.topic for c in each] for each in other]
    assert first != other
    assert {candidate.turn.author for each in first for candidate in each} == {AUTHOR}


def test_a_case_without_an_image_is_not_asked_about(figures):
    from dataclasses import replace

    corpus = figures(*_CAPTIONS)
    case = corpus["figure-0"]
    generator = RuleGenerator(corpus)
    assert next(iter(generator.candidates([case])))
    assert next(iter(generator.candidates([replace(case, images={})]))) == []


def test_where_text_and_mask_disagree_nothing_is_asked(figures, png):
    agreeing, disagreeing = (
        figures("SEM image of glass with cracks.", name=name, masks={"crack": png(value)})
        for name, value in (("agreeing", 1), ("disagreeing", 0))
    )
    assert "present:crack" in _topics(agreeing)[0]
    assert "present:crack" not in _topics(disagreeing)[0]


def test_a_list_in_an_attribute_takes_the_place_of_the_texts_own(figures):
    corpus = figures(
        ("SEM image of glass with cracks.", [], {"classes": "oxide layer;crack"}),
        ("SEM image of glass with pores.", [], {"classes": "pore"}),
    )
    topics = _topics(corpus)
    assert all("attribute:classes" in each and "which_defects" not in each for each in topics)


@pytest.mark.parametrize(("names", "asked"), [(None, {"side"}), (("age",), {"age"}), ((), set())])
def test_attributes_are_those_named_or_those_that_show(figures, names, asked):
    corpus = figures(*(("MRI.", [], {"side": side, "age": age}) for side, age in (("left", 6), ("right", 7))))
    topics = {topic for each in _topics(corpus, attributes=names) for topic in each if topic.startswith("attribute:")}
    assert {topic.removeprefix("attribute:").partition("=")[0] for topic in topics} == asked
