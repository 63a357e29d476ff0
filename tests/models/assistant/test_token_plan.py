"""The tokens that are read of an encoder: the right places, whoever shares the batch."""

import pytest
import torch

from lexiscope.models.assistant.token_plan import TokenPlan, blank_tokens, read_tokens
from lexiscope.models.encoder import FUSED
from lexiscope.testing.models import random_images, tiny_encoder, tiny_views

PLAN = TokenPlan(level=-1, side=2, slices=2)


def mask(*rows: bool) -> torch.Tensor:
    return torch.tensor(rows)


@pytest.mark.parametrize("kind", ["planar", "slices", "volume"])
@pytest.mark.parametrize("fusion", ["early", "hybrid", "late"])
@torch.no_grad()
def test_a_case_is_read_the_same_whoever_shares_its_batch(kind: str, fusion: str) -> None:
    views = tiny_views(kind)
    encoder, images = tiny_encoder(views, fusion=fusion), random_images(views, cases=3)
    present = {"flair": mask(True, False, True), "t1": mask(False, True, True), "t2": mask(True, True, False)}
    together = read_tokens(encoder, images, present, plan=PLAN)
    assert set(together) == (set(views) if fusion == "late" else {FUSED})
    for row in range(3):
        own = {name: x[row : row + 1] for name, x in images.items()}
        alone = read_tokens(encoder, own, {name: mask[row : row + 1] for name, mask in present.items()}, plan=PLAN)
        for branch in alone:
            if branch == FUSED or present[branch][row]:
                assert torch.allclose(alone[branch].summary[0], together[branch].summary[row], atol=1e-4)
                assert torch.allclose(alone[branch].places[0], together[branch].places[row], atol=1e-4)


@torch.no_grad()
def test_a_modality_that_nobody_has_gives_no_tokens() -> None:
    views = tiny_views(modalities=["t1", "t2"])
    found = read_tokens(
        tiny_encoder(views),
        random_images(views, cases=1),
        {"t1": mask(True), "t2": mask(False)},
        plan=PLAN,
    )
    assert set(found) == {"t1"}


@pytest.mark.parametrize("fusion", ["early", "late"])
@torch.no_grad()
def test_places_are_means_over_a_grid_of_the_plane_without_class_tokens(fusion: str) -> None:
    views = tiny_views("slices", modalities=["t1"])
    encoder, images = tiny_encoder(views, tower="vit", fusion=fusion), random_images(views, cases=2)
    present = {"t1": mask(True, True)}
    branch = FUSED if fusion == "early" else "t1"
    found = read_tokens(encoder, images, present, plan=TokenPlan(level=-1, side=1, slices=3))[branch]
    level = encoder(images, present).levels[branch][-1].unflatten(1, (3, -1))  # (b, s, n, d)
    prefix = encoder.prefix(branch)
    assert prefix > 0
    assert torch.allclose(found.places, level[:, :, prefix:].mean(dim=2), atol=1e-5)


@torch.no_grad()
def test_a_plan_beyond_the_tower_takes_its_last_level_and_all_its_places() -> None:
    views = tiny_views(modalities=["t1"])
    encoder, images, present = tiny_encoder(views), random_images(views, cases=1), {"t1": mask(True)}
    found = read_tokens(encoder, images, present, plan=TokenPlan(level=-99, side=99, slices=9))["t1"]
    assert torch.equal(found.places, encoder(images, present).levels["t1"][-1][:, encoder.prefix("t1") :])
    blank = blank_tokens({"t1": found})["t1"]
    assert blank.places.shape == found.places.shape
    assert not blank.summary.any()
