"""The projector of a hub model: tokens pass through as they are."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.identity_projector import IdentityProjector
from lexiscope.models.assistant.image_tokens import QUESTION
from lexiscope.models.assistant.token_plan import BranchTokens


def branch(places: int, *, seed: int) -> BranchTokens:
    return BranchTokens(torch.zeros(2, 0), torch.randn(2, places, 3, generator=torch.Generator().manual_seed(seed)))


def test_tokens_pass_as_they_are_one_modality_after_the_other() -> None:
    tokens = {"t1": branch(2, seed=0), "flair": branch(4, seed=1), QUESTION: branch(1, seed=2)}
    present = {"t1": torch.tensor([True, False]), "flair": torch.tensor([True, True])}
    projector = IdentityProjector(["t1", "flair"])
    vectors, mask = projector(tokens, present)
    assert torch.equal(vectors, torch.cat([tokens["flair"].places, tokens["t1"].places], dim=1))
    assert mask.tolist() == [[True] * 6, [True] * 4 + [False] * 2]
    assert projector.length(tokens) == 6
    assert not list(projector.parameters())


def test_standardising_changes_nothing() -> None:
    projector, tokens = IdentityProjector(["t1"]), {"t1": branch(2, seed=0)}
    present = {"t1": torch.tensor([True, True])}
    before = projector(tokens, present)[0].clone()
    projector.standardise(tokens, present)
    assert torch.equal(projector(tokens, present)[0], before)


def test_a_case_without_an_image_is_refused() -> None:
    with pytest.raises(ModelError, match="cases with an image of flair or t1, got one without"):
        IdentityProjector(["t1", "flair"])({"t1": branch(2, seed=0)}, {"t1": torch.tensor([True, False])})
