"""NT-Xent against numbers worked by hand and against the written formula."""

import math

import pytest
import torch

from lexiscope.training.objectives.nt_xent import nt_xent


def test_two_cases_by_hand() -> None:
    # Rows a = (1, 0), b = (0, 1), each its own partner; τ = 1. Every row: partner 1, two others 0.
    found = nt_xent(torch.eye(2), torch.eye(2), temperature=1.0)
    assert found.value.item() == pytest.approx(-math.log(math.e / (math.e + 2)))
    assert found.chance.item() == pytest.approx(math.log(3))


def test_it_is_the_written_formula() -> None:
    torch.manual_seed(0)
    first, second = torch.randn(5, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    group = [0, 0, 1, 2, 2]
    unit = [row / row.norm() for row in (*first, *second)]
    expected = 0.0
    for i in range(10):
        partner = (i + 5) % 10
        others = [k for k in range(10) if k == partner or group[k % 5] != group[i % 5]]
        scores = {k: math.exp(float(unit[i] @ unit[k]) / 0.5) for k in others}
        expected -= math.log(scores[partner] / sum(scores.values())) / 10
    found = nt_xent(first, second, temperature=0.5, group=torch.tensor(group))
    assert found.value.item() == pytest.approx(expected, rel=1e-5)


def test_rows_of_one_group_push_nothing_apart() -> None:
    rows = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()
    group = torch.zeros(4, dtype=torch.int64)
    found = nt_xent(rows, rows.detach() + 1, temperature=0.1, group=group)
    found.value.backward()
    assert found.value.item() == 0.0  # nobody but the partner to choose from
    assert rows.grad is not None
    assert rows.grad.abs().max() == 0


def test_equal_rows_cost_chance() -> None:
    same = torch.ones(6, 2)
    found = nt_xent(same, same, temperature=0.1, group=torch.tensor([0, 0, 1, 1, 2, 3]))
    assert found.value.item() == pytest.approx(found.chance.item())
