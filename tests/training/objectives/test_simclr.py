"""SimCLR by hand: each modality is projected for the cases that have it, and the variants' sums find each other."""

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from lexiscope.testing.models import random_images, tiny_encoder, tiny_views
from lexiscope.training.objectives.simclr import SimClr

CASES = 6


def make_batch(group: list[int]) -> dict:
    """Six cases in two variants; the first lacks one modality, the second shows the other in one variant alone."""
    views = tiny_views(modalities=("flair", "t1"))
    variants = [random_images(views, cases=CASES, seed=seed) for seed in (0, 1)]
    present = {name: torch.ones(CASES, 2, dtype=torch.bool) for name in views}
    present["flair"][0] = False
    present["t1"][1, 1] = False
    return {
        "images": {name: torch.stack([one[name].float() for one in variants], dim=1) for name in views},
        "present": present,
        "group": torch.tensor(group),
    }


@pytest.mark.parametrize("group", [[0, 1, 2, 3, 4, 5], [0, 0, 2, 3, 3, 3]])
def test_variants_find_each_other_among_other_groups(group: list[int]) -> None:
    torch.manual_seed(0)
    module = SimClr(tiny_encoder(tiny_views(modalities=("flair", "t1"))), temperature=0.2, width=8)
    batch = make_batch(group)
    loss = module(batch)["variants"]

    images, present = ({name: x.flatten(0, 1) for name, x in batch[key].items()} for key in ("images", "present"))
    features = module.encoder.features(images, present)
    vectors = torch.zeros(CASES, 2, 8)
    for name, projector in zip(("flair", "t1"), module.projectors, strict=True):
        mask = batch["present"][name]
        vectors[mask] += projector(features[name].unflatten(0, (CASES, 2))[mask])  # normalised by those that have it
    rows = normalize(torch.cat([vectors[:, 0], vectors[:, 1]]), dim=-1)
    owner = torch.tensor([*group, *group])
    scores = rows @ rows.T / 0.2
    partner = torch.arange(2 * CASES).roll(CASES)
    candidate = owner[:, None] != owner[None, :]
    candidate[torch.arange(2 * CASES), partner] = True
    by_hand = cross_entropy(scores.masked_fill(~candidate, -torch.inf), partner)
    assert loss.value.item() == pytest.approx(by_hand.item(), rel=1e-4)
    assert loss.chance.item() == pytest.approx(candidate.sum(dim=1).float().log().mean().item(), rel=1e-5)
