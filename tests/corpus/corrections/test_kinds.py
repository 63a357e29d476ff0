"""Whatever is corrected in whatever order: the case has it, has it once, and nothing else is touched."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core import Case, Image, Passage, Provenance, Span, Turn
from lexiscope.corpus.corrections.answer import CorrectedAnswer
from lexiscope.corpus.corrections.attribute import CorrectedAttribute
from lexiscope.corpus.corrections.caption import CorrectedCaption
from lexiscope.corpus.corrections.correction import Correction, Value
from lexiscope.corpus.corrections.kinds import corrected
from lexiscope.corpus.corrections.mask import CorrectedMask

WORDS = st.sampled_from(["red disc", "disc", "violet disc", "a red disc at the left"])
QUESTIONS = st.sampled_from(["Red?", "Round?"])
PASSAGES = st.builds(Passage, st.sampled_from(["caption", "report"]), WORDS, author=st.sampled_from(["human", "rules"]))


def mask(name: str, digit: str) -> Image:
    return Image(digit * 64, name, "png", (4, 4), marked=int(digit))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    texts = tuple(draw(st.lists(PASSAGES, max_size=4)))
    spans = [Span(place, 0, 3) for place in range(len(texts))]
    evidence = st.lists(st.sampled_from(spans), max_size=2).map(tuple) if spans else st.just(())
    turns = draw(st.lists(st.builds(Turn, QUESTIONS, WORDS, evidence=evidence), max_size=3))
    masks = draw(st.dictionaries(st.sampled_from(["disc", "rim"]), st.sampled_from("123"), max_size=2))
    return Case(
        "scan-1",
        "patient-1",
        Provenance("table", steps=("cropped",)),
        images={"photo": Image("0" * 64, "photo", "png", (4, 4))},
        masks={name: mask(name, digit) for name, digit in masks.items()},
        texts=texts,
        turns=tuple(turns),
        attributes=draw(st.dictionaries(st.sampled_from(["grade", "side"]), st.integers(0, 3), max_size=2)),
    )


VALUES = st.one_of(
    st.builds(CorrectedCaption, WORDS, st.none() | WORDS),
    st.builds(CorrectedAnswer, QUESTIONS, WORDS),
    st.builds(CorrectedAttribute, st.sampled_from(["grade", "side"]), st.none() | st.integers(0, 3)),
    st.builds(
        lambda name, digit: CorrectedMask(mask(name, digit), "photo"),
        st.sampled_from(["disc", "rim"]),
        st.sampled_from("0456"),
    ),
)


def saved(source: Case, values: list[Value]) -> list[Correction]:
    """Corrections as they are saved, those left out that the case as it is then refuses."""
    made: list[Correction] = []
    for value in values:
        now = corrected(source, made)
        if isinstance(value, CorrectedCaption) and value.instead_of is not None and value.before(now) is None:
            continue
        made.append(Correction(len(made) + 1, source.id, value, value.before(now), "2026-11-28T16:00:00+00:00"))
    return made


@given(cases(), st.lists(VALUES, max_size=5))
def test_the_newest_of_each_thing_holds_and_twice_is_as_good_as_once(source: Case, values: list[Value]) -> None:
    made = saved(source, values)
    case = corrected(source, made)
    assert corrected(case, made) == case
    if made:
        assert holds(case, made[-1].value)
    assert [step for step in case.provenance.steps if step != "cropped"] == [one.step for one in made]


@given(cases(), st.lists(VALUES, max_size=5))
def test_a_build_after_any_of_them_ends_in_the_same_case(source: Case, values: list[Value]) -> None:
    made = saved(source, values)
    step_by_step = source
    for count in range(1, len(made) + 1):
        step_by_step = corrected(step_by_step, made[:count])
    from_the_source = corrected(source, made)
    assert set(step_by_step.texts) == set(from_the_source.texts)
    assert replace(step_by_step, texts=(), turns=()) == replace(from_the_source, texts=(), turns=())


@given(cases(), st.lists(VALUES, max_size=4))
def test_evidence_points_at_the_words_that_it_pointed_at(source: Case, values: list[Value]) -> None:
    case = corrected(source, saved(source, values))
    words = {_words(source, span) for turn in source.turns for span in turn.evidence}
    assert {_words(case, span) for turn in case.turns for span in turn.evidence} <= words


def holds(case: Case, value: Value) -> bool:
    if isinstance(value, CorrectedCaption):
        return value.text in [text.text for text in case.texts]
    if isinstance(value, CorrectedAnswer):
        return [turn.answer for turn in case.turns if turn.question == value.question] == [value.answer]
    if isinstance(value, CorrectedAttribute):
        return case.attributes.get(value.name) == value.value
    assert isinstance(value, CorrectedMask)
    return case.masks[value.structure] == value.mask


def _words(case: Case, span: Span) -> str:
    return case.texts[span.passage].text[span.start : span.end]
