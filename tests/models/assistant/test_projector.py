"""The projector: vectors as long as words, missing branches as nothing, and means that only present cases fix."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.image_tokens import QUESTION
from lexiscope.models.assistant.projector import Projector
from lexiscope.models.assistant.token_plan import BranchTokens

BRANCHES = {"t1": (6, 5), "flair": (6, 5)}
EVERYONE = torch.tensor([True, True])


def tokens(*, seed: int = 0) -> dict[str, BranchTokens]:
    """Two cases with four places of each branch."""
    rng = torch.Generator().manual_seed(seed)
    return {
        name: BranchTokens(torch.randn(2, 6, generator=rng), torch.randn(2, 4, 5, generator=rng)) for name in BRANCHES
    }


def projector(**settings: float) -> Projector:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Projector(BRANCHES, 16, hidden=8, **settings).eval()


@pytest.mark.parametrize("norm", [0.5, 3.0])
def test_vectors_are_as_long_as_words(norm: float) -> None:
    vectors, mask = projector(norm=norm)(tokens(), {"t1": EVERYONE, "flair": EVERYONE})
    assert mask.all()
    torch.testing.assert_close(vectors.norm(dim=-1), torch.full(vectors.shape[:2], norm), atol=1e-2 * norm, rtol=0)


@pytest.mark.parametrize("summaries", [1, 3])
def test_length_counts_summaries_and_places_of_every_branch(summaries: int) -> None:
    made = projector(summaries=summaries)
    vectors, _ = made(tokens(), {"t1": EVERYONE, "flair": EVERYONE})
    assert vectors.shape[1] == made.length(tokens()) == 2 * (summaries + 4)


def test_branches_stand_in_alphabetical_order_whatever_their_order_in_the_settings() -> None:
    made, present = projector(), {"flair": EVERYONE, "t1": EVERYONE}
    shuffled = dict(reversed(tokens().items()))
    assert torch.equal(made(tokens(), present)[0], made(shuffled, present)[0])
    only = made({"flair": tokens()["flair"]}, {"flair": EVERYONE})[0]
    assert torch.equal(made(tokens(), present)[0][:, :6], only)


def test_a_missing_branch_is_nothing_and_masked() -> None:
    spoiled = tokens()
    spoiled["t1"].summary[1] = torch.nan
    vectors, mask = projector()(spoiled, {"flair": EVERYONE, "t1": torch.tensor([True, False])})
    assert mask.sum(dim=1).tolist() == [12, 6]
    assert not vectors[1][~mask[1]].any()


def test_means_are_those_of_present_cases_and_a_constant_feature_is_only_centred() -> None:
    made, seen = projector(), tokens()
    seen["t1"].summary[1] = 1e6
    seen["flair"].summary[:, 0] = 7.0
    made.standardise(seen, {"flair": EVERYONE, "t1": torch.tensor([True, False])})
    assert torch.equal(made.branch("t1").mean, seen["t1"].summary[0])
    assert made.branch("flair").mean[0] == 7
    assert made.branch("flair").std[0] == 1


def test_a_question_alone_is_no_image() -> None:
    made = Projector({**BRANCHES, QUESTION: (3, 1)}, 16)
    question = BranchTokens(torch.zeros(1, 3), torch.zeros(1, 0, 1))
    with pytest.raises(ModelError, match="cases with an image of flair or t1, got one without"):
        made({QUESTION: question}, {QUESTION: torch.tensor([True])})
