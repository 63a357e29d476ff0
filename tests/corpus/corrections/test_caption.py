"""Captions that people write: in place of a passage, or beside all of them."""

from dataclasses import replace

import pytest

from lexiscope.core import Case, Passage, Provenance, Span, Turn
from lexiscope.core.errors import CaseError, UsageError
from lexiscope.corpus.corrections.caption import CorrectedCaption, with_captions
from lexiscope.corpus.corrections.correction import Correction

OLD, NEW = "A red disc at the left.", "A violet disc at the right."
SOURCE = Case(
    "scan-1",
    "patient-1",
    Provenance("table"),
    texts=(
        Passage("title", "Discs"),
        Passage("caption", OLD, author="template", column="legend", states=("colour",)),
        Passage("report", "Nothing else."),
    ),
)


def corrections(*values: CorrectedCaption, case: Case = SOURCE) -> list[Correction]:
    made: list[Correction] = []
    for number, value in enumerate(values, start=1):
        before = value.before(with_captions(case, made))
        made.append(Correction(number, case.id, value, before, "2026-11-28T16:00:00+00:00"))
    return made


def texts(case: Case) -> list[str]:
    return [passage.text for passage in case.texts]


def test_a_text_takes_the_place_of_its_passage_and_keeps_what_it_states() -> None:
    case = with_captions(SOURCE, corrections(CorrectedCaption(NEW, OLD)))
    expected = Passage("caption", NEW, author="human", column="legend", states=("colour",))
    assert case.texts == (SOURCE.texts[0], expected, SOURCE.texts[2])


def test_a_text_in_place_of_none_comes_beside_the_others() -> None:
    case = with_captions(SOURCE, corrections(CorrectedCaption(NEW)))
    assert case.texts == (*SOURCE.texts, Passage("caption", NEW))


@pytest.mark.parametrize(
    "values",
    [
        [CorrectedCaption(NEW)],
        [CorrectedCaption(NEW, OLD)],
        [CorrectedCaption(NEW, OLD), CorrectedCaption("A disc.", NEW)],
        [CorrectedCaption(NEW, OLD), CorrectedCaption(OLD, NEW)],
        [CorrectedCaption(NEW), CorrectedCaption("A disc.", NEW)],
        [CorrectedCaption(NEW), CorrectedCaption("A disc.")],
        [CorrectedCaption(NEW, OLD), CorrectedCaption("Other."), CorrectedCaption("Disc", "Discs")],
        [CorrectedCaption("Nothing else.", OLD), CorrectedCaption(NEW, "Nothing else.")],
    ],
)
def test_the_newest_counts_and_twice_is_as_good_as_once(values: list[CorrectedCaption]) -> None:
    made = corrections(*values)
    once = with_captions(SOURCE, made)
    assert values[-1].text in texts(once)
    assert with_captions(once, made) == once
    step_by_step = SOURCE
    for count in range(1, len(made) + 1):
        step_by_step = with_captions(step_by_step, made[:count])
    assert set(texts(step_by_step)) == set(texts(once))


def test_two_captions_beside_the_others_are_one_thing() -> None:
    case = with_captions(SOURCE, corrections(CorrectedCaption("First."), CorrectedCaption("Second.")))
    assert texts(case)[3:] == ["Second."]


def test_a_writer_that_writes_the_old_text_again_does_not_bring_it_back() -> None:
    made = corrections(CorrectedCaption(NEW, OLD))
    once = with_captions(SOURCE, made)
    again = replace(once, texts=(*once.texts, SOURCE.texts[1]))
    assert with_captions(again, made) == once


def test_a_text_whose_source_changed_stays_beside_the_new_one() -> None:
    changed = replace(SOURCE, texts=(Passage("caption", "A green disc.", column="legend"),))
    case = with_captions(changed, corrections(CorrectedCaption(NEW, OLD)))
    assert texts(case) == ["A green disc.", NEW]
    assert case.texts[1].column == "legend"


def test_evidence_follows_its_words_or_goes_with_them() -> None:
    spans = (Span(1, 2, 10), Span(1, OLD.index("disc"), OLD.index("disc") + 4), Span(2, 0, 7))
    case = replace(SOURCE, turns=(Turn("What is it?", "A disc", evidence=spans),))
    turn = with_captions(case, corrections(CorrectedCaption(NEW, OLD), case=case)).turns[0]
    at = NEW.index("disc")
    assert turn.evidence == (Span(1, at, at + 4), Span(2, 0, 7))


def test_evidence_of_a_text_that_was_written_again_points_to_the_corrected_one() -> None:
    made = corrections(CorrectedCaption(NEW, OLD))
    once = with_captions(SOURCE, made)
    at = OLD.index("disc")
    turn = Turn("What is it?", "A disc", evidence=(Span(3, at, at + 4),))
    again = with_captions(replace(once, texts=(*once.texts, SOURCE.texts[1]), turns=(turn,)), made)
    (span,) = again.turns[0].evidence
    assert again.texts[span.passage].text[span.start : span.end] == "disc"


def test_a_text_in_place_of_one_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match=r"expected the text of a passage of case scan-1, got 'Blue.', it has 'Discs'"):
        CorrectedCaption(NEW, "Blue.").require(SOURCE)


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(CaseError, match="a caption needs text"):
        CorrectedCaption("  ")
