"""CoMM against a computation pass by pass, for encoders that mix and for those that do not."""

import pytest
import torch
from torch.nn.functional import normalize

from lexiscope.testing.models import random_images, tiny_encoder, tiny_views
from lexiscope.training.objectives.comm import Comm


def make_batch(views: dict, *, cases: int) -> dict:
    both = [random_images(views, cases=cases, seed=seed) for seed in (0, 1)]
    return {
        "images": {name: torch.stack([one[name].float() for one in both], dim=1) for name in views},
        "present": {name: torch.ones(cases, 2, dtype=torch.bool) for name in views},
        "group": torch.arange(cases),
    }


def ntxent(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    z = normalize(torch.cat([a, b]), dim=-1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return torch.nn.functional.cross_entropy(scores, torch.arange(len(z)).roll(len(a)))


@pytest.mark.parametrize("fusion", ["late", "hybrid"])
def test_it_is_the_mean_of_n_plus_one_passes(fusion: str) -> None:
    views = tiny_views(modalities=("flair", "t1"))
    objective = Comm(tiny_encoder(views, fusion=fusion), temperature=0.2, width=8).eval()
    batch = make_batch(views, cases=4)
    found = objective(batch)

    def passed(variant: int, names: tuple[str, ...]) -> torch.Tensor:
        images = {name: batch["images"][name][:, variant] for name in names}
        there = {name: torch.ones(4, dtype=torch.bool) for name in names}
        levels, _ = objective._mixer(objective.encoder.places(images, there), there)
        return objective.projector(levels[-1][:, 0])

    everything = ("flair", "t1")
    expected = {}
    for name, names in {"all": everything, "flair": ("flair",), "t1": ("t1",)}.items():
        forth = ntxent(passed(0, names), passed(1, everything), 0.2)
        back = ntxent(passed(1, names), passed(0, everything), 0.2)
        expected[name] = (forth + back).item() / 2 / 3
    assert {name: loss.value.item() for name, loss in found.items()} == pytest.approx(expected, rel=1e-4)


def test_what_is_hidden_or_missing_is_not_seen() -> None:
    views = tiny_views(modalities=("flair", "t1"))
    objective = Comm(tiny_encoder(views), width=8).eval()
    batch = make_batch(views, cases=4)
    other = {**batch, "images": {**batch["images"], "t1": batch["images"]["t1"] + 1}}
    tokens = [objective.encoder.places(*_flat(b)) for b in (batch, other)]
    alone = [objective._pass({"flair": t["flair"]}, {"flair": torch.ones(8, dtype=torch.bool)}) for t in tokens]
    assert torch.equal(alone[0].features, alone[1].features)
    batch["present"]["t1"][3] = False
    assert all(torch.isfinite(loss.value) for loss in objective(batch).values())


def _flat(batch: dict) -> tuple[dict, dict]:
    images = {name: x.flatten(0, 1) for name, x in batch["images"].items()}
    return images, {name: there.flatten() for name, there in batch["present"].items()}


def test_a_hybrid_encoder_keeps_the_mixer_that_it_learned() -> None:
    views = tiny_views(modalities=("flair", "t1"))
    encoder = tiny_encoder(views, fusion="hybrid")
    objective = Comm(encoder, width=8).train()
    sum(loss.value for loss in objective(make_batch(views, cases=4)).values()).backward()
    assert encoder.mixer is not None
    assert encoder.mixer.summary.grad is not None
    assert encoder.mixer.summary.grad.abs().sum() > 0
