"""A case is read at a level: what describes the image, what names it elsewhere, and what both state."""

import pytest


def _texts(sentences):
    return [sentence.text for sentence in sentences]


def test_only_sentences_that_name_this_figure_alone_are_mentions(reading):
    mention = "Figure 1 shows pores. Figure 2 shows cracks. Figures 1 and 2 show glass. Nothing is named."
    assert _texts(reading("SEM image.", mention).mentions) == ["Figure 1 shows pores."]


@pytest.mark.parametrize(
    ("level", "describing", "mentions"),
    [
        ("none", [], []),
        ("caption", ["SEM image of glass."], []),
        ("full", ["SEM image of glass."], ["Figure 1 shows pores."]),
    ],
)
def test_a_level_reads_no_more_than_it_may(reading, level, describing, mentions):
    case = reading("SEM image of glass.", "Figure 1 shows pores.", level=level)
    assert (_texts(case.describing), _texts(case.mentions)) == (describing, mentions)
    assert case.subject == "SEM image of glass. Figure 1 shows pores."


def test_spans_are_the_stretches_that_state_it(reading):
    case = reading("Polished glass. No cracks are seen.", "In Figure 1 bubbles are visible.")
    stated = {concept.name: found for concept, found in case.presences.items()}
    assert {name: found[0].present for name, found in stated.items()} == {
        "crack": False,
        "bubble": True,
        "defect": True,
    }
    for name, words in (("crack", "No cracks are seen."), ("bubble", "In Figure 1 bubbles are visible.")):
        (span,) = stated[name][0].spans
        assert case.case.texts[span.passage].text[span.start : span.end] == words


def test_what_is_absent_implies_nothing(reading):
    assert [concept.name for concept in reading("Glass without cracks.").presences] == ["crack"]


@pytest.mark.parametrize(
    ("caption", "kinds", "drawn"),
    [
        ("SEM image and light micrograph.", {"scanning electron micrograph", "light micrograph"}, False),
        ("XRD pattern of the glass.", {"chart"}, True),
        ("SEM image and XRD pattern.", {"scanning electron micrograph", "chart"}, False),
        ("Glass.", set(), False),
        ("No SEM image was taken.", set(), False),
    ],
)
def test_kinds_of_images(reading, caption, kinds, drawn):
    case = reading(caption)
    assert {kind.name for kind in case.kinds} == kinds
    assert case.is_drawn == drawn


def test_a_drawing_states_nothing_about_the_thing_itself(reading):
    assert reading("Schematic drawing of a crack.").presences == {}
