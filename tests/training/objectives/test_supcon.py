"""The joint loss of modalities and labels against the written formula."""

import math

import pytest
import torch

from lexiscope.training.objectives.supcon import UNLABELLED, SupCon, supervised_contrastive


def by_hand(rows: torch.Tensor, key: list[int], temperature: float) -> float:
    unit = [row / row.norm() for row in rows]
    costs = []
    for i in range(len(key)):
        others = [k for k in range(len(key)) if k != i]
        positives = [k for k in others if key[k] == key[i]]
        if positives:
            scores = {k: math.exp(float(unit[i] @ unit[k]) / temperature) for k in others}
            costs.append(-sum(math.log(scores[p] / sum(scores.values())) for p in positives) / len(positives))
    return sum(costs) / len(costs)


def test_both_parts_are_the_written_formula() -> None:
    torch.manual_seed(0)
    images, cases = torch.randn(4, 3, 5), torch.randn(4, 5)
    there = torch.tensor([[True, True, True], [True, False, True], [False, True, False], [True, True, False]])
    label = [7, 7, 8, UNLABELLED]
    found = SupCon(weight=0.5, temperature=0.7)(
        images, there, cases, label=torch.tensor(label), group=torch.tensor([0, 1, 2, 3])
    )
    owner = [case for case in range(4) for modality in range(3) if there[case, modality]]
    assert found["modalities"].value.item() == pytest.approx(by_hand(images[there], owner, 0.7), rel=1e-5)
    assert found["labels"].value.item() == pytest.approx(0.5 * by_hand(cases[:3], [7, 7, 8], 0.7), rel=1e-5)
    assert found["labels"].chance.item() == pytest.approx(0.5 * math.log(2))


def test_other_cases_of_a_patient_are_no_negatives_of_an_image() -> None:
    images = torch.nn.functional.normalize(torch.randn(2, 2, 4), dim=-1)
    there = torch.ones(2, 2, dtype=torch.bool)
    label = torch.tensor([UNLABELLED, UNLABELLED])
    found = SupCon()(images, there, images[:, 0], label=label, group=torch.tensor([5, 5]))
    assert found["modalities"].value.item() == pytest.approx(0.0, abs=1e-6)  # nobody but the partner to choose from
    assert found["labels"].value.item() == 0.0


def test_nothing_alike_costs_nothing_and_gives_no_nan() -> None:
    rows = torch.randn(3, 2, requires_grad=True)
    same = torch.eye(3, dtype=torch.bool)
    loss = supervised_contrastive(rows, same, candidate=torch.ones_like(same), temperature=0.1)
    loss.value.backward()
    assert loss.value.item() == 0.0
    assert rows.grad is not None
    assert torch.isfinite(rows.grad).all()
