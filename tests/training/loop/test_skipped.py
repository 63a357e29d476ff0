"""Skipped batches are kept as they were, and say what replays them."""

from pathlib import Path

import pytest
import torch

from lexiscope.core.errors import TrainingError
from lexiscope.training.loop.skipped import load_skipped, save_skipped


def test_a_batch_comes_back_as_it_was(tmp_path: Path) -> None:
    batch = {
        "images": {"t1": torch.tensor([[1.0, torch.nan]]), "t2/post": torch.ones(1, 2, dtype=torch.float16)},
        "present": {"t1": torch.tensor([True]), "t2/post": torch.tensor([False])},
        "texts": ["A spot.", "None."],
        "seed": 3,
    }
    path = save_skipped(tmp_path, step=12, rank=0, batch=batch, facts={"cases": ["a"], "seed": 7})
    assert path == tmp_path / "skipped" / "step-12.safetensors"
    again, facts = load_skipped(path)
    assert facts == {"cases": ["a"], "seed": 7}
    assert (again["texts"], again["seed"]) == (["A spot.", "None."], 3)
    torch.testing.assert_close(again["images"]["t1"], batch["images"]["t1"], equal_nan=True)
    assert again["images"]["t2/post"].dtype == torch.float16
    assert again["present"]["t2/post"].tolist() == [False]


def test_a_batch_of_one_tensor_comes_back_as_one(tmp_path: Path) -> None:
    path = save_skipped(tmp_path, step=1, rank=2, batch=torch.arange(3), facts={})
    assert path is not None
    assert path.name == "step-1-2.safetensors"
    assert load_skipped(path)[0].tolist() == [0, 1, 2]


def test_no_more_than_ten_are_kept(tmp_path: Path) -> None:
    kept = [save_skipped(tmp_path, step=step, rank=0, batch=torch.ones(1), facts={}) for step in range(12)]
    assert [path is None for path in kept] == [False] * 10 + [True] * 2
    assert save_skipped(tmp_path, step=3, rank=0, batch=torch.ones(1), facts={}) is not None  # the same step again


def test_what_is_not_there_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"skipped batch at .*look into the folder skipped/"):
        load_skipped(tmp_path / "step-1.safetensors")
