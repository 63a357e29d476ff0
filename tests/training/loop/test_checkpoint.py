"""Checkpoints: everything comes back, nothing frozen is stored, and what does not fit is said."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

from lexiscope.core.errors import TrainingError
from lexiscope.training.loop.checkpoint import (
    RunPosition,
    checkpoint_key,
    load_checkpoint,
    load_weights,
    restart_notes,
    save_checkpoint,
    save_weights,
)

POSITION = RunPosition("key", step=7, skipped=1, best=0.5, best_epoch=2)


class Tied(nn.Module):
    """Two layers of one weight, a frozen one, a buffer."""

    def __init__(self, *, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.first, self.second, self.frozen = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)
        self.second.weight = self.first.weight
        self.frozen.requires_grad_(False)
        self.register_buffer("seen", torch.tensor(float(seed)))


def stepped(seed: int = 0) -> tuple[Tied, torch.optim.AdamW]:
    module = Tied(seed=seed)
    optimizer = torch.optim.AdamW([p for p in module.parameters() if p.requires_grad], lr=0.1)
    module.second(module.first(torch.ones(1, 2))).sum().backward()
    optimizer.step()
    return module, optimizer


def test_weights_buffers_moments_and_position_come_back(tmp_path: Path) -> None:
    module, optimizer = stepped()
    save_checkpoint(tmp_path / "c", module, optimizer, POSITION)
    other, other_optimizer = stepped(seed=5)
    frozen = other.frozen.weight.clone()
    assert load_checkpoint(tmp_path / "c", other, other_optimizer, key="key") == POSITION
    assert torch.equal(other.first.weight, module.first.weight)
    assert other.second.weight is other.first.weight
    assert other.seen == 0
    assert torch.equal(other.frozen.weight, frozen)  # what does not train is left as it is
    moments, expected = other_optimizer.state_dict()["state"], optimizer.state_dict()["state"]
    assert moments.keys() == expected.keys()
    for index, entry in expected.items():
        for name, value in entry.items():
            assert torch.equal(moments[index][name], value), (index, name)


def test_frozen_weights_are_not_stored(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c", *stepped(), POSITION)
    with safe_open(tmp_path / "c", framework="pt") as stream:
        names = set(stream.keys())
    assert {"weights/first.weight", "weights/second.weight", "weights/seen", "optimizer/0/exp_avg"} <= names
    assert not [name for name in names if "frozen" in name]


def test_a_checkpoint_of_another_run_is_left_alone(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c", *stepped(), POSITION)
    module, optimizer = stepped(seed=5)
    before = module.first.weight.clone()
    assert load_checkpoint(tmp_path / "c", module, optimizer, key="other") is None
    assert load_checkpoint(tmp_path / "nothing", module, optimizer, key="key") is None
    assert torch.equal(module.first.weight, before)


def test_what_does_not_fit_names_itself(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c", *stepped(), POSITION)
    larger = Tied()
    larger.third = nn.Linear(2, 2)
    with pytest.raises(TrainingError, match=r"differs in third\.bias, third\.weight; delete it to start again"):
        load_checkpoint(tmp_path / "c", larger, torch.optim.AdamW(larger.parameters()), key="key")


def test_damaged_and_foreign_files_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"cut off")
    with pytest.raises(TrainingError, match=r"expected a checkpoint in .*delete it to start again"):
        checkpoint_key(tmp_path / "c")


def test_weights_alone_come_back(tmp_path: Path) -> None:
    module, _ = stepped()
    save_weights(tmp_path / "best", module, key="key")
    other = Tied(seed=5)
    assert load_weights(tmp_path / "best", other, key="key")
    assert torch.equal(other.first.weight, module.first.weight)
    assert not load_weights(tmp_path / "best", other, key="other")
    assert not load_weights(tmp_path / "nothing", other, key="key")


def test_a_user_is_told_of_a_run_that_cannot_be_gone_on_with(tmp_path: Path) -> None:
    assert checkpoint_key(tmp_path / "c") is None
    assert restart_notes(tmp_path / "c", key="key") == []
    save_checkpoint(tmp_path / "c", *stepped(), replace(POSITION, done=True))
    assert checkpoint_key(tmp_path / "c") == "key"
    assert restart_notes(tmp_path / "c", key="key") == []
    (note,) = restart_notes(tmp_path / "c", key="other")
    assert "started from the beginning" in note


def test_a_failed_write_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    module, optimizer = stepped()
    save_checkpoint(tmp_path / "c", module, optimizer, POSITION)
    before = (tmp_path / "c").read_bytes()
    module.register_buffer("odd", torch.empty(2, device="meta"))  # cannot be written
    with pytest.raises(NotImplementedError):
        save_checkpoint(tmp_path / "c", module, optimizer, replace(POSITION, step=8))
    assert (tmp_path / "c").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["c"]
