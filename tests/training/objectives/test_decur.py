"""DeCUR's correlations against numbers worked by hand and against the paper's sum for two modalities."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.testing.models import random_images, tiny_encoder, tiny_views
from lexiscope.training.objectives.decur import DeCur, cross_correlation, redundancy

LAMBDA = 0.0051


def make_batch(views: dict, *, cases: int, missing: dict[str, list[int]] | None = None) -> dict:
    images = {
        name: torch.stack([x.float(), random_images(views, cases=cases, seed=1)[name].float()], dim=1)
        for name, x in random_images(views, cases=cases).items()
    }
    present = {name: torch.ones(cases, 2, dtype=torch.bool) for name in views}
    for name, rows in (missing or {}).items():
        present[name][rows] = False
    return {"images": images, "present": present, "group": torch.arange(cases), "seed": torch.arange(cases)}


def test_correlation_and_redundancy_by_hand() -> None:
    a = torch.tensor(
        [[1.0, 2.0], [-1.0, 2.0], [1.0, -2.0], [-1.0, -2.0]]
    )  # two columns that know nothing of each other
    assert torch.allclose(cross_correlation(a, a), torch.eye(2), atol=1e-4)
    assert redundancy(torch.eye(2)).item() == pytest.approx(0.0)
    c = torch.tensor([[0.5, 0.2], [-0.4, 0.0]])
    assert redundancy(c).item() == pytest.approx(0.25 + 1.0 + LAMBDA * (0.04 + 0.16))
    assert redundancy(c, target=0.0).item() == pytest.approx(0.25 + LAMBDA * (0.04 + 0.16))


def test_two_modalities_give_the_sum_of_the_paper() -> None:
    views = tiny_views(modalities=("flair", "t1"))
    objective = DeCur(tiny_encoder(views), width=8, common=0.75).eval()
    batch = make_batch(views, cases=6)
    found = sum(loss.value.item() for loss in objective(batch).values())

    z = {}
    for (name, x), projector in zip(sorted(batch["images"].items()), objective.projectors, strict=True):
        for variant in (0, 1):
            there = {name: torch.ones(6, dtype=torch.bool)}
            z[name, variant] = projector(objective.encoder.features({name: x[:, variant]}, there)[name])

    def correlation(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        a, b = (rows - rows.mean(0) for rows in (a, b))
        return a.T @ b / 6 / (a.var(0, correction=0) + 1e-5).sqrt()[:, None] / (b.var(0, correction=0) + 1e-5).sqrt()

    def barlow(c: torch.Tensor, target: float) -> float:
        return sum(
            ((target - c[i, j]) ** 2 if i == j else LAMBDA * c[i, j] ** 2).item()
            for i in range(len(c))
            for j in range(len(c))
        )

    l1, l2 = (barlow(correlation(z[name, 0], z[name, 1]), 1.0) for name in ("flair", "t1"))
    c = correlation(z["flair", 0], z["t1", 0])
    expected = (l1 + l2 + (barlow(c[:6, :6], 1.0) + barlow(c[6:, 6:], 0.0)) / 2) / 3
    assert found == pytest.approx(expected, rel=1e-3)


def test_each_modality_has_a_projector_of_its_own() -> None:
    objective = DeCur(tiny_encoder(tiny_views()), width=8)
    first, second, _ = objective.projectors
    assert first.layers[0].weight.data_ptr() != second.layers[0].weight.data_ptr()
    assert not torch.equal(first.layers[0].weight, second.layers[0].weight)


def test_cases_that_lack_a_modality_leave_its_pairs_and_nothing_else() -> None:
    views = tiny_views(modalities=("flair", "t1"))
    objective = DeCur(tiny_encoder(views), width=8).eval()
    whole = objective(make_batch(views, cases=6))
    some = objective(make_batch(views, cases=6, missing={"t1": [4, 5]}))
    alone = objective(make_batch(views, cases=6, missing={"t1": [0, 1, 2, 3, 4, 5]}))
    assert set(whole) == set(some) == {"within", "between"}
    assert set(alone) == {"within"}  # Barlow Twins of the modality that is there
    assert alone["within"].chance.item() == pytest.approx(8.0)


def test_garbage_in_a_missing_slot_changes_nothing() -> None:
    views = tiny_views(modalities=("flair", "t1"))
    objective = DeCur(tiny_encoder(views), width=8).eval()
    batch = make_batch(views, cases=6, missing={"t1": [4, 5]})
    spoiled = {**batch, "images": {**batch["images"], "t1": batch["images"]["t1"].clone()}}
    spoiled["images"]["t1"][4:] = torch.nan
    assert objective(spoiled)["between"].value.item() == objective(batch)["between"].value.item()


def test_fusion_that_leaves_no_modality_apart_is_refused() -> None:
    with pytest.raises(ModelError, match=r"early fusion gives one feature.*fusion 'late'"):
        DeCur(tiny_encoder(tiny_views(), fusion="early"))
