"""What stands in the place of an image: nothing, or the image of a case of another group."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from lexiscope.answering.questions import Questions
from lexiscope.core.case import Case, Provenance
from lexiscope.evaluate.perturbations import blank_questions, other_group_rows, shuffled_questions
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens


def _cases(groups: Sequence[str], *, each: int = 1) -> list[Case]:
    return [Case(f"c{n}", group, Provenance("by hand")) for n, group in enumerate(groups) for _ in range(each)]


@pytest.fixture
def questions() -> tuple[Questions, list[Case]]:
    """Two questions about each of three cases; every number says which case it belongs to."""
    cases = _cases(["a", "a", "b"], each=2)
    numbers = torch.tensor([float(case.id[1]) for case in cases])
    places = numbers[:, None, None].expand(-1, 2, 3).clone()
    seen = ImageTokens({"photo": BranchTokens(numbers[:, None], places)}, {"photo": torch.ones(6, dtype=torch.bool)})
    images = numbers.numpy()[:, None].astype(np.float32)
    excluded = [{case.group, f"of {case.id}"} for case in cases]
    return Questions([f"q{row}" for row in range(6)], seen, images, excluded), cases


@pytest.mark.parametrize("seed", range(5))
def test_every_row_gets_a_case_of_another_group_and_rows_of_one_case_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cases = _cases([f"g{rng.integers(4)}" for _ in range(15)], each=2)
    rows = other_group_rows(cases, seed=seed)
    assert all(cases[row].group != case.group for row, case in zip(rows, cases, strict=True))
    assert (rows[::2] == rows[1::2]).all()
    assert len(set(rows.tolist())) > 3, "not one and the same image for all"
    assert (other_group_rows(cases, seed=seed) == rows).all()


def test_one_group_alone_has_no_other() -> None:
    assert other_group_rows(_cases(["a", "a"]), seed=0).tolist() == [0, 1]


def test_shuffled_questions_see_another_case_and_exclude_the_groups_of_both(
    questions: tuple[Questions, list[Case]],
) -> None:
    original, cases = questions
    shuffled = shuffled_questions(original, cases, seed=0)
    assert shuffled.texts == original.texts
    assert shuffled.images[:4, 0].tolist() == [2, 2, 2, 2], "group a has group b's only image"
    assert shuffled.seen.tokens["photo"].places[:4, 0, 0].tolist() == [2, 2, 2, 2]
    assert shuffled.excluded_groups[0] == {"a", "of c0", "b", "of c2"}


def test_blank_questions_tell_nothing_of_the_case(questions: tuple[Questions, list[Case]]) -> None:
    original, _ = questions
    empty = blank_questions(original)
    assert not empty.images.any()
    tokens = empty.seen.tokens["photo"]
    assert (tokens.places == tokens.places[:1]).all()
    assert (tokens.summary == tokens.summary[:1]).all()
    assert empty.seen.present is original.seen.present
    assert original.images.any(), "the questions themselves are left as they are"
