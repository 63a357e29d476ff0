"""Likelihoods of answers: by hand on a language model whose logits are known, and alike however rows are batched."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.likelihood import (
    answer_log_likelihoods,
    batches_of_like_length,
    pad_rows,
    several_log_likelihoods,
)
from lexiscope.testing.speaking import tiny_language


class Counting(nn.Module):
    """After token i it holds token i + 1 for likely: probability 1/2, and 1/6 for each of the three others."""

    def __init__(self) -> None:
        super().__init__()
        self.config = SimpleNamespace(max_position_embeddings=8)

    def get_input_embeddings(self) -> nn.Module:
        return nn.Embedding.from_pretrained(torch.eye(4))

    def forward(self, inputs_embeds: torch.Tensor, logits_to_keep: int = 0, **_: object) -> SimpleNamespace:
        after = inputs_embeds.roll(1, dims=-1)  # the vector of token i becomes that of i + 1
        return SimpleNamespace(logits=torch.log(1 / 6 + after / 3)[:, -logits_to_keep:])


def prefix(*tokens: int) -> torch.Tensor:
    return torch.eye(4)[list(tokens)]


def test_each_token_is_scored_after_what_stands_before_it() -> None:
    found = answer_log_likelihoods(Counting(), [prefix(0), prefix(3, 1), prefix(1, 1, 2)], [[1, 2], [2], [3, 3]])
    by_hand = [2 * math.log(1 / 2), math.log(1 / 2), math.log(1 / 2) + math.log(1 / 6)]
    assert found.tolist() == pytest.approx(by_hand, abs=1e-5)


def test_a_row_beyond_the_context_is_refused() -> None:
    answer_log_likelihoods(Counting(), [prefix(0, 1, 2, 3, 0)], [[1, 2, 3]])
    with pytest.raises(ModelError, match=r"at most 8 tokens of image, question and answer together, got 9; shorten"):
        answer_log_likelihoods(Counting(), [prefix(0, 1, 2, 3, 0)], [[1, 2, 3, 0]])


def test_several_answers_at_once_are_as_likely_as_each_alone() -> None:
    language = tiny_language().model
    start = torch.randn(5, 32, generator=torch.Generator().manual_seed(0))
    answers = [[7, 8, 9], [7], [9, 8]]
    with torch.no_grad():
        together = several_log_likelihoods(language, {"inputs_embeds": start[None]}, answers)
        alone = [answer_log_likelihoods(language, [start], [answer]).item() for answer in answers]
    assert together == pytest.approx(alone, abs=1e-4)


def test_every_row_is_in_one_batch_and_no_batch_is_too_large() -> None:
    lengths = [9, 2, 30, 4, 4, 1, 16, 7]
    batches = batches_of_like_length(lengths, tokens=16)
    assert sorted(row for batch in batches for row in batch) == list(range(8))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= 16
    assert [2] in batches  # longer than a batch, so alone


@pytest.mark.parametrize("left", [True, False])
def test_padding_lies_on_one_side(left: bool) -> None:
    padded, mask = pad_rows([torch.ones(2, 3), torch.ones(4, 3)], left=left)
    assert mask.tolist() == [[0, 0, 1, 1] if left else [1, 1, 0, 0], [1, 1, 1, 1]]
    assert torch.equal(padded[..., 0].long(), mask)
