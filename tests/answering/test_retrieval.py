"""What is recalled for a question: the likeliest items of similar cases, never of the own group."""

import numpy as np
import pytest

from lexiscope.answering.retrieval import RetrievalStore, Statement
from lexiscope.core import Case, Provenance

CASES = tuple(Case(f"c{row}", group, Provenance("by hand")) for row, group in enumerate(["g0", "g0", "g1", "g2"]))
ITEMS = (
    Statement(0, "A? a", "A?", "a"),
    Statement(1, "B? b", "B?", "b"),
    Statement(2, "B? c", "B?", "c"),
    Statement(3, "a passage"),
)
IMAGES = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1]], dtype=np.float32)
WORDINGS = np.array([[1, 0], [0, 1], [0, 1], [0.6, 0.8]], dtype=np.float32)
MEMORY = RetrievalStore(CASES, ITEMS, IMAGES, np.arange(4), WORDINGS)
IMAGE, WORDING = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)


def retrieved(memory: RetrievalStore = MEMORY, **more) -> list[int]:
    return [one.item for one in memory.retrieve(IMAGE, WORDING, **more)]


def test_items_come_by_the_sum_of_both_cosines() -> None:
    found = MEMORY.retrieve(IMAGE, WORDING)
    assert [(one.item, round(one.image, 4), round(one.wording, 4)) for one in found] == [
        (1, 0.8, 1.0),  # 1.8
        (2, 0.6, 1.0),  # 1.6
        (0, 1.0, 0.0),  # 1.0
        (3, 0.0, 0.8),  # 0.8
    ]


def test_equal_sums_keep_the_order_of_the_memory() -> None:
    even = RetrievalStore(CASES, ITEMS, np.tile(IMAGES[:1], (4, 1)), np.arange(4), np.tile(WORDINGS[:1], (4, 1)))
    assert retrieved(even) == [0, 1, 2, 3]


def test_own_groups_and_cases_that_are_not_allowed_are_never_recalled() -> None:
    assert retrieved(excluded_groups={"g0"}) == [2, 3]
    assert retrieved(excluded_groups={"g0", "g2"}) == [2]
    assert retrieved(excluded_groups={"g0", "g1", "g2"}) == []
    some = RetrievalStore(CASES, ITEMS, IMAGES, np.arange(4), WORDINGS, allowed=np.array([True, False, False, True]))
    assert retrieved(some) == [0, 3]
    assert retrieved(some, excluded_groups={"g0"}) == [3]


@pytest.mark.parametrize(
    ("item", "answer", "supports"),
    [
        (Statement(0, "Is it red? Yes", "Is it red?", "Yes"), "yes.", True),
        (Statement(0, "Is it red? Yes", "Is it red?", "Yes"), "no", False),
        (Statement(0, "Sign? +", "Sign?", "+"), "-", False),
        (Statement(0, "A mass in the left lobe."), "left lobe", True),
        (Statement(0, "A mass in the cleft lobe."), "left lobe", False),
        (Statement(0, "No mass is seen."), "no", False),  # a passage that holds the word has not answered
        (Statement(0, "A mass."), "", False),
    ],
)
def test_what_supports_an_answer(item: Statement, answer: str, supports: bool) -> None:
    assert item.supports(answer) == supports
