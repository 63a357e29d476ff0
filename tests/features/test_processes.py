"""Processes that compute together: one alone by default; batches move whatever holds their tensors."""

from collections import namedtuple

import torch

from lexiscope.features.processes import process_state, to_device

Pair = namedtuple("Pair", "left right")


def test_one_process_alone_is_the_main_one() -> None:
    state = process_state()
    assert (state.process_index, state.num_processes, state.is_main_process) == (0, 1, True)
    state.wait_for_everyone()


def test_tensors_move_and_everything_else_stays() -> None:
    batch = {"x": [torch.ones(2)], "pair": Pair(torch.zeros(1), "right"), "names": ("a", "b"), "n": 3}
    moved = to_device(batch, torch.device("meta"))
    assert moved["x"][0].device.type == moved["pair"].left.device.type == "meta"
    assert (moved["pair"].right, moved["names"], moved["n"]) == ("right", ("a", "b"), 3)
    assert batch["x"][0].device.type == "cpu"
