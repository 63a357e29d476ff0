"""What was trained, mixed with the start: the smallest share that held-out groups cannot tell from the best."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from lexiscope.core import Case, Provenance
from lexiscope.training.align.data import ImageTextPairs
from lexiscope.training.align.interpolation import HeldOut, Weights, choose_weight, mix_with_start


class Turned(nn.Module):
    """Texts lie on a circle, each 90 degrees from the next; images beside their own, turned by the one weight."""

    device = torch.device("cpu")

    def __init__(self, degrees: float) -> None:
        super().__init__()
        self.turn = nn.Parameter(torch.tensor(degrees))
        plain = SimpleNamespace(mean=torch.zeros(1), std=torch.ones(1))
        self.image = SimpleNamespace(branches=("row",), head={"row": plain}.__getitem__)

    def project_images(self, features: dict[str, torch.Tensor], present: dict[str, torch.Tensor]) -> torch.Tensor:
        return on_circle(90 * features["row"][:, 0] + self.turn)


class Step(nn.Module):
    def __init__(self, degrees: float) -> None:
        super().__init__()
        self.space = Turned(degrees)

    def image_features(
        self, images: dict[str, torch.Tensor], present: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        return images

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        return on_circle(torch.tensor([90.0 * int(text) for text in texts]))


class Inputs:
    def of_images(self, cases: list[Case]) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        return {"row": torch.tensor([[float(case.id)] for case in cases])}, {}

    def of_texts(self, texts: list[str]) -> list[str]:
        return texts


def on_circle(degrees: torch.Tensor) -> torch.Tensor:
    angle = torch.deg2rad(degrees)
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def four_cases(count: int = 4) -> ImageTextPairs:
    cases = tuple(Case(str(row), f"g{row}", Provenance("by hand")) for row in range(count))
    return ImageTextPairs(cases, tuple((str(row),) for row in range(count)), np.arange(count))


@pytest.mark.parametrize(
    ("before", "after", "weight", "turn"),
    [
        (80.0, 0.0, 0.5, 40.0),  # from 45 degrees on each image is nearest to its own text: half of the way is enough
        (0.0, 80.0, 0.0, 0.0),  # training made it worse: the start stays
        (0.0, 40.0, 0.0, 0.0),  # and where it changed nothing that is measured
    ],
)
def test_the_smallest_share_that_is_as_good_as_the_best(before, after, weight, turn):
    step = Step(before)
    start = Weights.of(step.space)
    step.space.turn.data.fill_(after)
    mixed = mix_with_start(step, HeldOut(four_cases(), Inputs()), before=start)
    assert (mixed.weight, mixed.groups) == (weight, 4)
    assert step.space.turn.item() == pytest.approx(turn)
    assert ("as published" in mixed.in_words, "did not improve" in mixed.in_words) == (True, weight == 0)


def test_without_held_out_cases_it_is_half_and_half():
    step = Step(10.0)
    start = Weights.of(step.space)
    step.space.turn.data.fill_(20.0)
    mixed = mix_with_start(step, HeldOut(four_cases(0), Inputs()), before=start)
    assert (mixed.weight, step.space.turn.item()) == (0.5, 15.0)
    assert "there is no val" in mixed.in_words


def test_gains_that_all_groups_share_are_kept_and_noise_is_not():
    steady = np.array([[0.1] * 8, [0.2] * 8, [0.3] * 8])
    assert choose_weight(steady) == 2
    noisy = np.array([[0.1, 0.9] * 4, [0.9, 0.2] * 4])  # better on average, by less than its standard error
    assert choose_weight(noisy) == 0


def test_no_share_is_taken_by_which_what_was_known_gets_worse():
    better = np.array([[0.1] * 8, [0.2] * 8, [0.3] * 8, [0.4] * 8])
    known = np.array([[0.8] * 8, [0.8] * 8, [0.7] * 8, [0.8] * 8])  # lost at the third, and not believed again after
    assert choose_weight(better, known=known) == 1
    assert choose_weight(better, known=known[:1].repeat(4, axis=0)) == 3
    assert choose_weight(better, known=np.array([[0.8] * 8] + [[0.1] * 8] * 3)) == 0
