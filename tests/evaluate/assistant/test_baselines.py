"""Baselines that see no image: the language model as it was before it was trained, and what words alone give away."""

from dataclasses import dataclass, replace

import pytest
import torch

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Turn
from lexiscope.evaluate.assistant.baselines import LeftOut, text_only_answers, untuned_answers
from lexiscope.evaluate.assistant.items import items_of
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.testing.models import tiny_joint_space
from lexiscope.testing.speaking import save_language, tiny_assistant, tiny_language


@dataclass
class _Questions:
    """As much of `Questions` as words are."""

    texts: list
    contexts: list

    def context(self, row):
        return self.contexts[row]


def _items(n, answer=lambda n: "Yes" if n % 2 else "No", texts=()):
    cases = [Case(f"c{i}", f"p{i}", Provenance("by hand"), texts=texts) for i in range(n)]
    return [(case, Turn("Is there a crack?", answer(i), "closed")) for i, case in enumerate(cases)]


def _untuned(assistant, items):
    questions = _Questions([item.turn.question for item in items], [item.context for item in items])
    return untuned_answers(assistant, items, questions)


@pytest.fixture(scope="module")
def items():
    turns = [*_items(3), (Case("c9", "p9", Provenance("by hand")), Turn("What is seen?", "A crack"))]
    return items_of(turns, lexicon=Lexicon.load(), levels=["none"])


@pytest.mark.parametrize("adapter", [False, True])
def test_the_language_model_is_loaded_again_as_it_was(items, tmp_path, adapter):
    assistant = tiny_assistant(adapter=adapter).merge_for_inference()
    name = save_language(tiny_language(), tmp_path / "language")
    assistant.config.weights = [{"name": name, "origin": name}]
    before = _untuned(assistant, items)
    with torch.no_grad():
        for weight in assistant.language.parameters():
            weight.normal_(generator=torch.Generator().manual_seed(0))
    tuned = assistant.language
    assert _untuned(assistant, items) == before
    assert assistant.language is tuned
    closed = {answer for answer, item in zip(before, items, strict=True) if item.turn.kind == "closed"}
    assert closed <= {"Yes", "No"}


def test_the_assistant_keeps_its_language_model_while_another_answers(items, tmp_path):
    assistant = tiny_assistant().merge_for_inference()
    name = save_language(tiny_language(seed=1), tmp_path / "language")
    assistant.config.weights = [{"name": name, "origin": name}]
    tuned, during = assistant.language, []
    questions = _Questions([item.turn.question for item in items], [item.context for item in items])
    untuned_answers(assistant, items, questions, progress=lambda *_: during.append(assistant.language is tuned))
    assert during == [True]


def test_where_there_is_no_untuned_model_it_is_said_why(items, tmp_path):
    assistant = tiny_assistant()
    reason = "the language model was trained from scratch, so there is no untuned one to compare with"
    assert _untuned(assistant, items) == LeftOut(reason)
    assistant.config.weights = [{"name": str(tmp_path / "gone"), "origin": ""}]
    assert "not here any more" in _untuned(assistant, items).reason


def test_words_alone_find_what_the_context_tells():
    """The context decides the answer here, so a fair text-only baseline must find it."""
    lexicon = Lexicon.load()
    hot, cold = (Passage("caption", words) for words in ("Fired in a furnace.", "Kept in ice water."))
    turns = []
    for n in range(12):
        (one,) = _items(1, answer=lambda _, n=n: "Yes" if n % 2 else "No", texts=(hot if n % 2 else cold,))
        turns.append((replace(one[0], id=f"c{n}", group=f"p{n}"), one[1]))
    questions = items_of(turns[8:], lexicon=lexicon)
    contexts = [item.context for item in questions]
    joint = tiny_joint_space(texts=[hot.text, cold.text, "Is there a crack? Known:"])
    answers = text_only_answers(joint, turns[:8], questions, contexts, lexicon=lexicon, seed=0)
    pairs = [(answer, item.turn.answer) for answer, item in zip(answers, questions, strict=True) if item.context]
    assert pairs
    assert all(answer == truth for answer, truth in pairs)
