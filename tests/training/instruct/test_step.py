"""The loss of answers, and how held-out answers are measured, against numbers worked by hand."""

from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.testing.speaking import tiny_assistant
from lexiscope.training.instruct.step import InstructStep, validate_answers

LIKELIHOODS = {"a": (-1.0, 1), "bb": (-6.0, 2), "cccc": (-4.0, 4)}


class Assistant(torch.nn.Module):
    """Log-likelihoods and lengths by the answer."""

    def forward(self, seen: Any, prompts: list[str], answers: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        likely, tokens = zip(*(LIKELIHOODS[answer] for answer in answers), strict=True)
        return torch.tensor(likely), torch.tensor(tokens)


class Seen:
    def to(self, device: torch.device) -> "Seen":
        return self


class Rows:
    """One row for each answer."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.examples = [type("Example", (), {"answer": answer}) for answer in LIKELIHOODS]

    def __len__(self) -> int:
        return len(self.examples)

    def batch(self, rows: np.ndarray, *, epoch: int) -> dict[str, Any]:
        assert epoch == 0
        self.batches.append(rows.tolist())
        return {"seen": Seen(), "prompts": [""] * len(rows), "answers": [list(LIKELIHOODS)[row] for row in rows]}


def test_the_loss_is_the_mean_over_all_tokens_of_the_batch() -> None:
    step = InstructStep(Assistant(), chance=2.5)  # type: ignore[arg-type]
    loss = step({"seen": None, "prompts": [""] * 3, "answers": list(LIKELIHOODS)})["answer"]
    assert loss.value.item() == pytest.approx(11 / 7)
    assert loss.chance.item() == 2.5


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_one_long_answer_does_not_outweigh_many_short_ones(batch: int) -> None:
    rows = Rows()
    found = validate_answers(InstructStep(Assistant(), chance=2.5), rows, batch=batch)  # type: ignore[arg-type]
    assert found.score == pytest.approx(-(1 / 1 + 6 / 2 + 4 / 4) / 3)
    assert found.metrics["loss"] == pytest.approx(11 / 7)
    assert found.metrics["chance"] == 2.5
    assert found.metrics["answer_likelihood"] == pytest.approx(np.exp([-1, -6, -4]).mean())
    assert sorted(row for rows_of_batch in rows.batches for row in rows_of_batch) == [0, 1, 2]


def test_the_loss_of_an_assistant_is_the_likelihood_that_it_gives() -> None:
    torch.manual_seed(0)
    assistant = tiny_assistant().eval()
    step = InstructStep(assistant, chance=1.0)
    answers = ["no lesion", "grains"]
    loss = step({"seen": None, "prompts": ["Is it?", "What?"], "answers": answers})["answer"].value.item()
    scored = assistant.weigh(None, ["Is it?", "What?"], [[answer] for answer in answers])
    total, tokens = (sum(one[0][place] for one in scored) for place in (0, 1))
    assert loss == pytest.approx(-total / tokens, rel=1e-4)
