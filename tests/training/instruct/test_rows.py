"""Rows of instruction tuning: draws from the epoch alone, one modality always stays, evidence comes and goes."""

import numpy as np
import pytest
import torch

from lexiscope.answering.examples import InstructionExample
from lexiscope.core import Case, Provenance
from lexiscope.models.assistant.image_tokens import QUESTION, ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens
from lexiscope.training.instruct.rows import InstructRows


class Tokens:
    """Two modalities; the second case lacks the first of them."""

    def of(self, cases) -> ImageTokens:
        rows = [int(case.id) for case in cases]
        tokens = BranchTokens(torch.zeros(len(rows), 2), torch.zeros(len(rows), 1, 2))
        present = torch.tensor([row != 1 for row in rows])
        return ImageTokens({"t1": tokens, "t2": tokens}, {"t1": present, "t2": torch.ones(len(rows), dtype=torch.bool)})


CONTEXTS = [("held at 600 C", "held at 600 C for long")] * 7 + [()]
VECTORS = np.eye(8, 3, dtype=np.float32)


def rows(**more: float) -> InstructRows:
    examples = [
        InstructionExample(
            Case(str(row), "g", Provenance("by hand")), f"What {row}?", f"{row}", "open", known=CONTEXTS[row]
        )
        for row in range(8)
    ]
    return InstructRows(examples, Tokens(), VECTORS, [["seen before"]] * 8, seed=0, **more)


EVERY = np.arange(8)


def test_a_modality_is_withheld_and_one_always_stays() -> None:
    for epoch in range(20):
        present = rows(modality_dropout=0.9).batch(EVERY, epoch=epoch)["seen"].present
        both = torch.stack([present["t1"], present["t2"]])
        assert bool(both.any(dim=0).all())
        assert not present["t1"][1]  # what is not there is never the one that stays
        assert both.sum() < 15
    assert rows().batch(EVERY, epoch=0)["seen"].present["t1"].sum() == 7


@pytest.mark.parametrize(("dropout", "with_evidence"), [(0.0, 8), (1.0, 0)])
def test_evidence_is_left_out_of_some_prompts(dropout: float, with_evidence: int) -> None:
    prompts = rows(evidence_dropout=dropout).batch(EVERY, epoch=0)["prompts"]
    assert sum("Similar case: seen before\n" in prompt for prompt in prompts) == with_evidence
    assert all(prompt.endswith(f"What {row}?") for row, prompt in enumerate(prompts))


@pytest.mark.parametrize(("dropout", "with_context"), [(0.0, 7), (1.0, 0)])
def test_what_is_known_is_told_beside_some_questions(dropout: float, with_context: int) -> None:
    prompts = rows(evidence_dropout=1.0, context_dropout=dropout).batch(EVERY, epoch=0)["prompts"]
    assert sum(prompt.startswith("Known: held at 600 C") for prompt in prompts) == with_context
    assert prompts[7] == "What 7?"


def test_a_batch_follows_from_its_rows_and_epoch() -> None:
    made = rows(evidence_dropout=0.5)
    one, again, other = (made.batch(EVERY, epoch=epoch)["prompts"] for epoch in (0, 0, 1))
    assert one == again != other
    assert torch.equal(made.batch(EVERY[2:4], epoch=0)["seen"].tokens[QUESTION].summary, torch.from_numpy(VECTORS[2:4]))
    assert made.names(np.array([3, 5]), epoch=0) == ["3", "5"]
