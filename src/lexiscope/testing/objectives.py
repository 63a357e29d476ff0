"""Contracts that every entry of the tables of objectives keeps: of pairs, images, texts and labels."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lexiscope.core.catalog import Catalog
from lexiscope.testing.models import random_images, tiny_encoder, tiny_text_tower, tiny_views
from lexiscope.training.objectives import IMAGE_OBJECTIVES, LABEL_OBJECTIVES, OBJECTIVES, TEXT_OBJECTIVES, Loss
from lexiscope.training.objectives.needs import Needs
from lexiscope.training.objectives.pairs import PairedEmbeddings
from lexiscope.training.objectives.supcon import UNLABELLED

_TOWERS = {"vit": {"patch": 8, "width": 24, "depth": 1}, "cnn": {"stages": [8, 16, 24]}}
_CASES = 6


def check_objective(catalog: Catalog, name: str) -> None:
    """Check what every objective promises, and what those of its table promise beside it.

    It says what it needs of a corpus; its losses and chance levels are finite numbers; nothing learns from a chance
    level; and the order of the rows in a batch changes nothing.

    Args:
        catalog: One of the four tables of `lexiscope.training.objectives`.
        name: Name in that table.

    Raises:
        AssertionError: a promise is broken.
    """
    objective = catalog.load(name)
    assert isinstance(objective.needs, Needs), f"{name} must say what it needs of a corpus"
    assert objective.needs.chance, f"{name} must say what its chance level is"
    check = {
        OBJECTIVES.kind: _check_pairs,
        IMAGE_OBJECTIVES.kind: _check_images,
        TEXT_OBJECTIVES.kind: _check_texts,
        LABEL_OBJECTIVES.kind: _check_labels,
    }[catalog.kind]
    torch.manual_seed(0)
    check(objective)


def _total(losses: Mapping[str, Loss]) -> Tensor:
    """Sum of named losses, each of which keeps the promises of all."""
    assert losses, "an objective must give at least one named loss"
    for name, loss in losses.items():
        assert loss.value.ndim == 0, f"the loss {name!r} is no single number"
        assert torch.isfinite(loss.value), f"the loss {name!r} is {loss.value}"
        assert torch.isfinite(loss.chance), f"the chance level of {name!r} is {loss.chance}"
        assert not loss.chance.requires_grad, f"a gradient flows from the chance level of {name!r}"
    return torch.stack([loss.value for loss in losses.values()]).sum()


def _check_pairs(objective: Any) -> None:
    """Texts of the same group are no negatives; the order of images and of texts changes nothing."""
    scores = torch.randn(4, 5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    pairs = _pairs(scores, case=[0, 1, 2, 3], text_case=[0, 1, 2, 3, 3], group={0: 0, 1: 0, 2: 2, 3: 3})
    total = _total(objective()(pairs))
    (slope,) = torch.autograd.grad(total, scores)
    assert bool((slope[pairs.positive()] < 0).all()), "a pair that belongs together is not drawn together"
    spared = pairs.same_group() & ~pairs.positive()
    assert bool((slope[spared] == 0).all()), "a text of the same group is pushed apart"
    assert bool((slope[~pairs.same_group()] > 0).all()), "a text of another group is not pushed apart"
    rows, columns = torch.tensor([2, 0, 3, 1]), torch.tensor([4, 2, 0, 3, 1])
    texts = [[0, 1, 2, 3, 3][column] for column in columns]
    moved = _pairs(scores[rows][:, columns], case=rows.tolist(), text_case=texts, group={0: 0, 1: 0, 2: 2, 3: 3})
    torch.testing.assert_close(_total(objective()(moved)), total)


def _pairs(scores: Tensor, *, case: list[int], text_case: list[int], group: dict[int, int]) -> PairedEmbeddings:
    """Images that are unit axes and texts whose similarities with them are `scores`."""
    return PairedEmbeddings(
        torch.eye(len(scores)),
        scores.T,
        image_case=torch.tensor(case),
        text_case=torch.tensor(text_case),
        image_group=torch.tensor([group[one] for one in case]),
        text_group=torch.tensor([group[one] for one in text_case]),
        text_key=torch.tensor([10 * one + text_case[:place].count(one) for place, one in enumerate(text_case)]),
        scale=torch.tensor(1.0),
        bias=torch.tensor(0.0),
    )


def _check_images(objective: Any) -> None:
    """The encoder learns; what lies in the slot of a missing modality, even NaN, is never seen."""
    views = tiny_views(modalities=("flair", "t1"))
    name, _ = objective.tower
    module: nn.Module = objective(tiny_encoder(views, tower=name, tower_settings=_TOWERS[name]))
    batch = _image_batch(views, objective.variants)
    total = _total(module(batch))
    assert _learns(total, module.get_submodule("encoder")), "the encoder learns nothing"
    spoiled = {key: torch.where(_shaped(batch["present"][key], x), x, torch.nan) for key, x in batch["images"].items()}
    torch.testing.assert_close(_total(module({**batch, "images": spoiled})), total, msg="a missing modality is seen")
    order = torch.randperm(_CASES, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(_total(module(_reordered(batch, order))), total, rtol=1e-4, atol=1e-4)


def _learns(total: Tensor, module: nn.Module) -> bool:
    slopes = torch.autograd.grad(total, tuple(module.parameters()), allow_unused=True)
    return any(slope is not None and bool(slope.any()) for slope in slopes)


def _image_batch(views: Mapping[str, Any], variants: int) -> dict[str, Any]:
    """Six cases of six groups; one lacks the first modality, one the second."""
    variant_images = [random_images(views, cases=_CASES, seed=seed) for seed in range(variants)]
    images = {name: torch.stack([one[name].float() for one in variant_images], dim=1) for name in views}
    present = {name: torch.ones(_CASES, variants, dtype=torch.bool) for name in views}
    for row, name in enumerate(views):
        present[name][row] = False
    return {"images": images, "present": present, "group": torch.arange(_CASES), "seed": torch.arange(_CASES)}


def _reordered(batch: Mapping[str, Any], order: Tensor) -> dict[str, Any]:
    return {
        name: {key: x[order] for key, x in value.items()} if isinstance(value, Mapping) else value[order]
        for name, value in batch.items()
    }


def _shaped(present: Tensor, images: Tensor) -> Tensor:
    return present.view(*present.shape, *[1] * (images.ndim - present.ndim))


def _check_texts(objective: Any) -> None:
    """The tower learns; padding is never seen, and a piece that is not hidden costs nothing."""
    tower = tiny_text_tower().eval()
    vocabulary = tower.model.config.vocab_size
    module: nn.Module = objective(tower, frequency=torch.ones(vocabulary))
    ids = torch.tensor([[1, 7, 3, 9, 2], [1, 3, 8, 2, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]])
    target = torch.tensor([[-100, -100, 12, -100, -100], [-100, 13, -100, -100, -100]])
    total = _total(module({"ids": ids, "mask": mask, "target": target}))
    assert _learns(total, tower), "the tower learns nothing"
    wider = {
        "ids": nn.functional.pad(ids, (0, 3), value=5),
        "mask": nn.functional.pad(mask, (0, 3)),
        "target": nn.functional.pad(target, (0, 3), value=-100),
    }
    torch.testing.assert_close(_total(module(wider)), total, msg="padding is seen")
    swapped = {"ids": ids.flip(0), "mask": mask.flip(0), "target": target.flip(0)}
    torch.testing.assert_close(_total(module(swapped)), total)


def _check_labels(objective: Any) -> None:
    """Cases without a label, and the slots of missing modalities, count in no part that needs them."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(_CASES, 2, 4, generator=generator).requires_grad_()
    present = torch.ones(_CASES, 2, dtype=torch.bool)
    present[0, 0] = False
    label, group = torch.tensor([0, 0, 1, 1, UNLABELLED, UNLABELLED]), torch.arange(_CASES)

    def losses(images: Tensor, cases: Tensor, rows: Tensor) -> dict[str, Loss]:
        module = objective()
        return module(images[rows], present[rows], cases[rows], label=label[rows], group=group[rows])

    cases = torch.randn(_CASES, 4, generator=generator)
    everyone = torch.arange(_CASES)
    total = _total(losses(images, cases, everyone))
    (slope,) = torch.autograd.grad(total, images)
    assert bool((slope[0, 0] == 0).all()), "a missing modality is seen"
    others = torch.where((label == UNLABELLED)[:, None], -cases, cases)
    torch.testing.assert_close(_total(losses(images, others, everyone)), total, msg="a case without a label counts")
    torch.testing.assert_close(_total(losses(images, cases, everyone.flip(0))), total)
