"""Cases of any content travel through the formats: whole through Parquet and WebDataset, in words through dialogues."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lexiscope.core import Case, Passage, Provenance, Span, Turn
from lexiscope.core.passage import PASSAGE_KINDS
from lexiscope.core.turn import TURN_KINDS, TURN_LEVELS
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.exchange import export_corpus, import_corpus, validate_file
from lexiscope.corpus.exchange.dialogue import DESCRIBE
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, picture, png

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
_TEXT = _TEXT.filter(lambda text: text.strip() and "<image>" not in text)
_NAME = st.text(st.characters(categories=["L", "N"], include_characters="./ -_%"), min_size=1, max_size=8)
_NAME = _NAME.filter(lambda name: name == name.strip())
_VALUE = st.one_of(_TEXT, st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
_PASSAGES = st.builds(
    Passage,
    kind=st.sampled_from(PASSAGE_KINDS),
    text=_TEXT,
    author=_TEXT,
    column=st.none() | _TEXT,
    states=st.lists(_TEXT, max_size=2).map(tuple),
)
_TURNS = st.builds(
    Turn,
    question=_TEXT.map(str.strip),
    answer=_TEXT.map(str.strip),
    kind=st.sampled_from(TURN_KINDS),
    level=st.sampled_from(TURN_LEVELS),
    author=_TEXT.map(str.strip),
    topic=st.none() | _TEXT.map(str.strip),
)


@st.composite
def drafts(draw):
    names = draw(st.lists(_NAME, min_size=1, max_size=4, unique_by=lambda name: name.casefold()))
    return [draw(one_draft(name)) for name in names]


@st.composite
def one_draft(draw, name):
    texts = draw(st.lists(_PASSAGES, max_size=3))
    turns = draw(st.lists(_TURNS, max_size=3))
    if texts and turns:
        end = draw(st.integers(1, len(texts[0].text)))
        turns[0] = Turn(turns[0].question, turns[0].answer, evidence=(Span(0, 0, end),))
    images = {modality: png(picture(number)) for number, modality in enumerate(draw(st.sets(_NAME, max_size=2)))}
    return draft(
        name,
        group=draw(_TEXT),
        split=draw(st.none() | st.sampled_from(["train", "test", "a b"])),
        texts=tuple(texts),
        turns=tuple(turns),
        images=images,
        masks=images if draw(st.booleans()) else {},
        attributes=draw(st.dictionaries(_TEXT, _VALUE, max_size=3)),
        provenance=Provenance(draw(_TEXT), draw(_TEXT), {"row": draw(_VALUE)}, ("step",)),
    )


def there_and_back(given_drafts, folder, form):
    build_corpus(folder / "corpus", DraftSource(given_drafts))
    corpus = Corpus.open(folder / "corpus")
    report = export_corpus(corpus, folder / "out", form=form)
    import_corpus(folder / "back", folder / "out", form=form)
    return corpus, report, Corpus.open(folder / "back")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["parquet", "webdataset"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given_drafts=drafts())
def test_everything_a_case_says_comes_back(form, given_drafts):
    with tempfile.TemporaryDirectory() as folder:
        corpus, report, back = there_and_back(given_drafts, Path(folder), form)
        assert report.cases == len(corpus)
        assert list(back) == list(corpus)
        assert back.version == corpus.version
        assert [case.attributes for case in back] == [case.attributes for case in corpus]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["llava", "openai"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given_drafts=drafts())
def test_what_is_said_comes_back_word_for_word(form, given_drafts):
    with tempfile.TemporaryDirectory() as folder:
        corpus, report, back = there_and_back(given_drafts, Path(folder), form)
        speaking = [case for case in corpus if said(case) and case.images]
        assert (report.cases, report.left_out) == (len(speaking), len(corpus) - len(speaking))
        assert validate_file(Path(folder) / "out", form=form).faults == ()
        for case in speaking:
            other = back[case.id]
            assert said(other) == said(case)
            assert (other.group, other.split, other.images) == (case.group, case.split, case.images)
            assert [(turn.kind, turn.level, turn.author, turn.topic) for turn in other.turns] == [
                (turn.kind, turn.level, turn.author, turn.topic) for turn in case.turns
            ]


def said(case: Case) -> list[tuple[str, str]]:
    describing = [text.text.strip() for text in case.texts if text.kind in ("caption", "alt_text", "report", "finding")]
    turns = [(turn.question, turn.answer) for turn in case.turns]
    return [*[(DESCRIBE, text) for text in describing[:1]], *turns]
