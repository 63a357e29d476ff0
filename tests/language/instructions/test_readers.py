"""An instruction says what to look for: no reader of a case's texts takes it for a caption, unless it is asked for."""

from dataclasses import replace

import pytest

from lexiscope.answering.examples import find_instruction_examples
from lexiscope.answering.retrieval import _items
from lexiscope.core import Case, Image, Passage, Provenance, Span, Turn
from lexiscope.corpus.audit import audit_corpus
from lexiscope.corpus.laterality import has_laterality
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.search.evaluate import SearchItems, _unknown
from lexiscope.language.text.context import context_of
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.reading import CaseReading
from lexiscope.tasks.classify.target import Target, Unstated
from lexiscope.tasks.search.indexing import full_text
from lexiscope.tasks.search.wording import is_described, written_texts
from lexiscope.testing import make_corpus
from lexiscope.training.align.data import find_pairs
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.pretrain.text import _texts

_TURN = Turn("What is it?", "A pore", "open", evidence=(Span(0, 0, 6),))
_CASE = Case(
    "a",
    "paper",
    Provenance("by hand"),
    images={"sem": Image("0" * 64, "sem", "png", (8, 8))},
    texts=(Passage("caption", "A pore in glass."),),
    turns=(_TURN,),
    attributes={"site": "edge"},
)
_TOLD = replace(
    _CASE,
    texts=(*_CASE.texts, Passage("instruction", "Segment the crack on the left edge.", "measured", "crack")),
)

READERS = {
    "alignment": lambda case: find_pairs([case], modalities=["sem"], columns=None).texts,
    "assistant": lambda case: [e.answer for e in find_instruction_examples([case], modalities=["sem"])],
    "evidence": lambda case: [item.text for item in _items(0, case)],
    "search by words": full_text,
    "search by meaning": written_texts,
    "search, measured": lambda case: (
        SearchItems([case], frozenset()).columns,
        [t.text for t in _unknown(case, set())],
    ),
    "answers, measured": lambda case: ContextualQuestion(case, _TURN, "full", None, features=False).texts,
    "classification": lambda case: [t.text for t in Unstated.of(Target("site", ("rim", "core")), case).passages],
    "laterality": lambda case: has_laterality([case]),
    "context": lambda case: context_of(case, "full"),
    "questions": lambda case: (CaseReading(case, Lexicon.load()).subject, CaseReading(case, Lexicon.load()).presences),
}


@pytest.mark.parametrize("name", READERS)
def test_no_reader_takes_an_instruction_for_a_caption(name):
    read = READERS[name]
    assert read(_TOLD) == read(_CASE)


def test_an_instruction_is_read_where_it_is_asked_for():
    pairs = find_pairs([_TOLD], modalities=["sem"], columns=["instruction"])
    assert pairs.texts == (("Segment the crack on the left edge.",),)
    examples = find_instruction_examples([_TOLD], modalities=["sem"], columns=["crack"])
    assert examples[-1].answer == "Segment the crack on the left edge."


def test_a_case_with_nothing_but_instructions_says_nothing():
    bare = replace(_TOLD, texts=_TOLD.texts[1:], turns=())
    assert full_text(bare) == ""
    assert not is_described(bare)
    assert len(find_pairs([bare], modalities=["sem"], columns=None)) == 0
    turned = replace(bare, turns=(Turn("What is it?", "A pore"),))
    assert find_pairs([turned], modalities=["sem"], columns=None).texts == (("What is it? A pore",),)


def test_texts_of_a_corpus_are_learned_without_instructions(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 6)
    before = _texts(CorpusPart.to_learn_from(corpus), PretrainConfig())
    asks = Passage("instruction", "Segment the disc.", "label-name", "disc")
    corpus.upsert([replace(case, texts=(*case.texts, asks)) for case in corpus])
    assert _texts(CorpusPart.to_learn_from(corpus), PretrainConfig()) == before
    assert "Segment the disc." in _texts(CorpusPart.to_learn_from(corpus), PretrainConfig(text_columns=("disc",)))


def test_instructions_that_splits_share_are_no_leak(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 10)
    before = audit_corpus(corpus.path).to_dict()
    asks = Passage("instruction", "Segment the bright disc of this very picture.", "measured", "disc")
    corpus.upsert([replace(case, texts=(*case.texts, asks)) for case in corpus])
    after = audit_corpus(corpus.path).to_dict()
    assert {**after, "corpus": None} == {**before, "corpus": None}
