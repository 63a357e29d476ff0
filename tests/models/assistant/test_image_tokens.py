"""Image tokens: selections keep tokens and masks together, and questions become a branch of their own."""

import torch

from lexiscope.models.assistant.image_tokens import QUESTION, ImageTokens, branch_widths, with_questions
from lexiscope.models.assistant.token_plan import BranchTokens


def three() -> ImageTokens:
    summary = torch.arange(6.0).view(3, 2)
    places = torch.arange(36.0).view(3, 4, 3)
    return ImageTokens({"t1": BranchTokens(summary, places)}, {"t1": torch.tensor([True, False, True])})


def test_a_selection_repeats_and_orders_cases() -> None:
    chosen = three().rows([2, 0, 2])
    assert chosen.cases == 3
    assert chosen.tokens["t1"].summary.tolist() == [[4, 5], [0, 1], [4, 5]]
    assert chosen.tokens["t1"].places[1].equal(three().tokens["t1"].places[0])
    assert chosen.present["t1"].tolist() == [True, True, True]
    assert three().rows(torch.tensor([1])).present["t1"].tolist() == [False]


def test_questions_are_a_branch_without_places_that_is_never_missing() -> None:
    asked = with_questions(three(), torch.ones(3, 5))
    assert branch_widths(asked.tokens) == {"t1": (2, 3), QUESTION: (5, 1)}
    assert asked.tokens[QUESTION].places.shape == (3, 0, 1)
    assert asked.present[QUESTION].all()
    assert asked.tokens["t1"] is not None
    assert QUESTION not in three().tokens


def test_moving_keeps_everything() -> None:
    moved = three().to(torch.device("cpu"))
    assert moved.tokens["t1"].places.equal(three().tokens["t1"].places)
    assert moved.present["t1"].equal(three().present["t1"])
