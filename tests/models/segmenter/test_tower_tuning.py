"""A tower that trains: which of its layers do, at what count, saved and loaded."""

from pathlib import Path

import pytest
import torch

from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.models.segmenter.tower_tuning import pointwise_layers, reached_layers
from lexiscope.models.towers import build_tower
from lexiscope.testing.masked import tiny_segmenter


def _masks(segmenter: Segmenter) -> torch.Tensor:
    made = torch.Generator().manual_seed(0)
    images = {name: torch.randn(2, 1, 16, 16, generator=made) for name in ("t1", "t2")}
    present = {"t1": torch.tensor([True, True]), "t2": torch.tensor([False, True])}
    return segmenter(images, present, segmenter.embed(["the disc"]).expand(2, -1, -1)).masks


def _shaken(tuning: str, **options: str) -> Segmenter:
    """A segmenter whose weights that train are all other than before training."""
    segmenter = tiny_segmenter(tower=True, tuning=tuning, **options)
    made = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in segmenter.parameters():
            if weight.requires_grad:
                weight += 0.1 * torch.randn(weight.shape, generator=made)
    return segmenter


@pytest.mark.parametrize("fusion", ["early", "late"])
@pytest.mark.parametrize("tuning", ["lora", "trained"])
def test_what_should_train_of_a_tower_gets_a_gradient_and_nothing_else_does(tuning: str, fusion: str) -> None:
    segmenter = _shaken(tuning, fusion=fusion)
    _masks(segmenter.train()).sum().backward()
    tower = dict(segmenter.trunk.tower.named_parameters())
    trained = {name for name, weight in tower.items() if weight.requires_grad}
    assert trained == {name for name, weight in tower.items() if weight.grad is not None}
    assert trained
    assert all(("lora" in name) == (tuning == "lora") for name in trained)
    assert not segmenter.trunk.tower.training


@pytest.mark.parametrize("tuning", ["frozen", "lora", "trained"])
def test_a_tower_comes_back_as_it_was_saved(tmp_path: Path, tuning: str) -> None:
    segmenter = _shaken(tuning)
    segmenter.save_pretrained(tmp_path)
    again = Segmenter.from_pretrained(tmp_path)
    assert torch.equal(_masks(again), _masks(segmenter))
    assert again.count_parameters() == segmenter.count_parameters()
    assert again.keeps_tokens == (tuning == "frozen")


def test_more_trains_with_a_tower_than_without() -> None:
    counts = {tuning: tiny_segmenter(tower=True, tuning=tuning).count_parameters() for tuning in ("frozen", "trained")}
    blocks = tiny_segmenter(tower=True).trunk.tower
    learned = sum(x.numel() for part in (blocks.patches, *blocks.blocks[:2]) for x in part.parameters())
    assert counts["trained"]["trainable"] - counts["frozen"]["trainable"] == learned
    assert counts["trained"]["total"] == counts["frozen"]["total"]
    lora = tiny_segmenter(tower=True, tuning="lora").count_parameters()
    assert lora["trainable"] - counts["frozen"]["trainable"] == 2 * (12 + 12) + 2 * (12 + 48)  # of rank 2
    assert lora["total"] - counts["frozen"]["total"] == lora["trainable"] - counts["frozen"]["trainable"]


def test_layers_behind_the_deepest_level_do_not_train() -> None:
    tower = build_tower({"kind": "vit", "channels": 1, "patch": 8, "width": 12, "depth": 3, "heads": 2})
    tower.requires_grad_(False)
    layers = reached_layers(tower, 2)
    assert layers == ("class_token", "patches", "blocks.0", "blocks.1")
    assert not any(weight.requires_grad for weight in tower.parameters())
    beside = pointwise_layers(tower, layers)
    assert beside[0] == "blocks.0.queries_keys_values"
    assert len(beside) == 2 * 4
