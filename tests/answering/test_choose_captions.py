"""Who writes: the captions that hold on held-out cases, and evidence before none where captions tell nothing apart."""

import numpy as np
import pytest
import torch

from lexiscope.answering.captioning import SeenCases, TypicalWriter
from lexiscope.answering.choose_captions import choose_captions, most_typical
from lexiscope.core import Case, Provenance
from lexiscope.language.text.stated_attributes import DescribedCase, StatedAttributes
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens


def described(name: str, caption: str, colour: str) -> DescribedCase:
    return DescribedCase(Case(name, name, Provenance("by hand"), attributes={"colour": colour}), (caption,))


HELD_OUT = [
    described("a", "A red disc.", "red"),
    described("b", "A red square.", "red"),
    described("c", "Green.", "green"),
]
READER = StatedAttributes.of(one.case for one in HELD_OUT)
NO_TOKENS = ImageTokens({"photo": BranchTokens(torch.zeros(3, 1), torch.zeros(3, 1, 1))}, {})
SEEN = SeenCases(NO_TOKENS, np.zeros((3, 1), np.float32), [set()] * 3, lambda: NO_TOKENS)


def test_the_writer_with_the_most_facts_right_writes() -> None:
    writers = [TypicalWriter("Green.", "composed"), TypicalWriter("A red one.", "decoder")]
    choice = choose_captions(writers, HELD_OUT, SEEN, reader=READER, typical="")
    assert choice.writers == ("decoder", "composed")
    assert choice.scores == pytest.approx({"decoder": 2 / 3, "composed": 1 / 3})
    assert (choice.measured_by, choice.cases) == ("attribute_accuracy", 3)
    assert "decoder 0.67, composed 0.33" in choice.in_words


def test_of_equals_the_one_with_evidence_writes() -> None:
    writers = [TypicalWriter("Red.", name) for name in ("decoder", "typical", "nearest", "composed")]
    choice = choose_captions(writers, HELD_OUT, SEEN, reader=READER, typical="")
    assert choice.writers == ("composed", "nearest", "decoder", "typical")
    unmeasured = choose_captions(writers, [], SEEN, reader=READER, typical="Red.")
    assert (unmeasured.writers, unmeasured.scores, unmeasured.typical) == (choice.writers, {}, "Red.")


def test_where_captions_state_no_attribute_their_words_decide() -> None:
    bare = [DescribedCase(Case("a", "a", Provenance("by hand")), ("A pore.",))]
    seen = SeenCases(NO_TOKENS.rows([0]), np.zeros((1, 1), np.float32), [set()], lambda: NO_TOKENS)
    writers = [TypicalWriter("A crack.", "nearest"), TypicalWriter("A pore.", "decoder")]
    choice = choose_captions(writers, bare, seen, reader=READER, typical="")
    assert choice.measured_by == "word_overlap"
    assert choice.scores == pytest.approx({"decoder": 1.0, "nearest": 0.5})


def test_the_most_typical_caption_shares_most_words() -> None:
    assert most_typical(["A fog.", "A red disc.", "A red square.", "A red ball."]) == "A red disc."
    assert not most_typical([])
