"""What an assistant is taught: turns, describing passages, and answers that read alike written alike."""

import pytest

from lexiscope.answering.examples import (
    CAPTION,
    DESCRIBE,
    find_instruction_examples,
    is_right,
    sample_per_case,
    with_contexts,
)
from lexiscope.core import Case, Image, Passage, Provenance
from lexiscope.core.turn import Span, Turn

_PHOTO = Image(modality="photo", content="0" * 64, format="png", shape=(4, 4))


def case(name: str, *, answers: tuple[str, ...] = (), texts: tuple[Passage, ...] = (), blind: bool = False) -> Case:
    turns = tuple(Turn(f"What is {row}?", answer) for row, answer in enumerate(answers))
    images = {} if blind else {"photo": _PHOTO}
    return Case(name, f"group-{name}", Provenance("by hand"), images=images, texts=texts, turns=turns)


TEXTS = (Passage("caption", "A disc.", column="short"), Passage("title", "Discs"), Passage("finding", "Round."))


def test_turns_and_describing_passages_of_cases_with_an_image_are_examples() -> None:
    found = find_instruction_examples([case("a", answers=("1",), texts=TEXTS), case("b", answers=("2",), blind=True)],
                         modalities=["photo"])  # fmt: skip
    assert [(one.question, one.answer, one.kind) for one in found] == [
        ("What is 0?", "1", "open"),
        (DESCRIBE, "A disc.", CAPTION),
        (DESCRIBE, "Round.", CAPTION),
    ]
    assert find_instruction_examples([case("a", answers=("1",))], modalities=["flair"]) == []


def test_passages_can_be_chosen_by_kind_or_column() -> None:
    for columns in (["title"], ["short"]):
        (found,) = find_instruction_examples([case("a", texts=TEXTS)], modalities=["photo"], columns=columns)
        assert found.answer == {"title": "Discs", "short": "A disc."}[columns[0]]


def test_answers_that_read_alike_are_written_as_most_are_and_signs_stay_apart() -> None:
    found = find_instruction_examples([case("a", answers=("Yes", "yes.", "Yes", "+", "-"))], modalities=["photo"])
    assert [one.answer for one in found] == ["Yes", "Yes", "Yes", "+", "-"]


@pytest.mark.parametrize(
    ("said", "truth", "right"),
    [
        ("Yes.", "yes", True),
        ("the left upper lobe", "left lobe", True),
        ("no disc", "disc", False),  # a single word may stand in the opposite
        ("+", "-", False),
        ("", "yes", False),
    ],
)
def test_what_counts_as_right_when_abstaining_is_tuned(said: str, truth: str, right: bool) -> None:
    assert is_right(said, truth) == right


def test_some_of_each_keeps_a_few_examples_of_every_case_in_their_order() -> None:
    examples = find_instruction_examples([case(name, answers=tuple("12345")) for name in "ab"], modalities=["photo"])
    kept = sample_per_case(examples, limit=2, seed=0)
    assert [example.case.id for example in kept] == ["a", "a", "b", "b"]
    assert [examples.index(example) for example in kept] == sorted(examples.index(example) for example in kept)
    assert kept == sample_per_case(examples, limit=2, seed=0)
    assert sample_per_case(examples, limit=9, seed=0) == examples


def test_what_is_known_leaves_out_what_the_answer_rests_on() -> None:
    texts = (Passage("caption", "Annealed glass. Two cracks."), Passage("mention", "It was held at 600 C."))
    turns = (Turn("Any cracks?", "Yes", evidence=(Span(0, 16, 26),)), Turn("Which glass?", "soda lime"))
    one = Case("a", "g", Provenance("by hand"), images={"photo": _PHOTO}, texts=texts, turns=turns)
    cracks, glass, caption = with_contexts(find_instruction_examples([one], modalities=["photo"]))
    assert cracks.known == ("Annealed glass.", "Annealed glass. It was held at 600 C.")
    assert cracks.published == ("Annealed glass. Two cracks.", "Annealed glass. Two cracks. It was held at 600 C.")
    assert glass.published == glass.known == caption.known == ()  # nobody says which words give these away
