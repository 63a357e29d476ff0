"""Who writes: the captions that hold on held-out cases, and evidence before none where captions tell nothing apart."""

from dataclasses import replace

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


READER = StatedAttributes({"colour": ("green", "red")})


def many(*colours: str) -> list[DescribedCase]:
    return [described(str(n), f"A {colour} disc.", colour) for n, colour in enumerate(colours)]


def seen(n: int) -> SeenCases:
    tokens = ImageTokens({"photo": BranchTokens(torch.zeros(n, 1), torch.zeros(n, 1, 1))}, {})
    return SeenCases(tokens, np.zeros((n, 1), np.float32), [set()] * n, lambda: tokens)


def test_the_writer_with_clearly_more_facts_right_writes() -> None:
    writers = [TypicalWriter("Green.", "composed"), TypicalWriter("A red one.", "decoder")]
    choice = choose_captions(writers, many(*["red"] * 9, "green"), seen(10), reader=READER, typical="")
    assert choice.writers == ("decoder", "composed")
    assert choice.scores == pytest.approx({"decoder": 0.9, "composed": 0.1})
    assert (choice.measured_by, choice.cases) == ("attribute_accuracy", 10)
    assert "decoder 0.90, composed 0.10" in choice.in_words


def test_where_few_patients_tell_little_apart_the_one_with_evidence_writes() -> None:
    writers = [TypicalWriter("Green.", "composed"), TypicalWriter("A red one.", "decoder")]
    held_out = many("red", "red", "red", "green", "green")  # 3 against 2
    choice = choose_captions(writers, held_out, seen(5), reader=READER, typical="")
    assert choice.writers == ("composed", "decoder")
    assert choice.scores == pytest.approx({"decoder": 0.6, "composed": 0.4})
    one_patient = [DescribedCase(replace(one.case, group="same"), one.references) for one in held_out]
    choice = choose_captions(writers, one_patient, seen(5), reader=READER, typical="")
    assert choice.writers == ("decoder", "composed")  # nothing tells how much another patient would change


def test_a_baseline_writes_until_another_is_clearly_better() -> None:
    writers = [TypicalWriter("Green.", "composed"), TypicalWriter("A red one.", "nearest")]
    little = choose_captions(writers, many("red", "red", "green", "green", "green"), seen(5), reader=READER, typical="")
    assert little.writers == ("nearest", "composed")
    assert little.in_words.endswith("nearest 0.40, composed 0.60. The best is not clearly better than the first.")
    clear = choose_captions(writers, many(*["green"] * 9, "red"), seen(10), reader=READER, typical="")
    assert clear.writers == ("composed", "nearest")


def test_of_equals_the_one_with_evidence_writes() -> None:
    writers = [TypicalWriter("Red.", name) for name in ("decoder", "composed")]
    choice = choose_captions(writers, many("red", "green"), seen(2), reader=READER, typical="")
    assert choice.writers == ("composed", "decoder")
    writers = [TypicalWriter("Red.", name) for name in ("decoder", "typical", "nearest", "composed")]
    baseline = choose_captions(writers, many("red", "green"), seen(2), reader=READER, typical="")
    assert baseline.writers == ("nearest", "composed", "decoder", "typical")
    unmeasured = choose_captions(writers, [], seen(0), reader=READER, typical="Red.")
    assert (unmeasured.scores, unmeasured.typical) == ({}, "Red.")
    assert unmeasured.writers == ("composed", "nearest", "decoder", "typical")


def test_where_captions_state_no_attribute_their_words_decide() -> None:
    bare = [DescribedCase(Case("a", "a", Provenance("by hand")), ("A pore.",))]
    writers = [TypicalWriter("A crack.", "nearest"), TypicalWriter("A pore.", "decoder")]
    choice = choose_captions(writers, bare, seen(1), reader=READER, typical="")
    assert choice.measured_by == "word_overlap"
    assert choice.scores == pytest.approx({"decoder": 1.0, "nearest": 0.5})


def test_the_most_typical_caption_shares_most_words() -> None:
    assert most_typical(["A fog.", "A red disc.", "A red square.", "A red ball."]) == "A red disc."
    assert not most_typical([])
