"""Masked words: what is hidden, what it costs, and what chance is."""

import math

import numpy as np
import pytest
import torch

from lexiscope.testing.models import tiny_text_tower
from lexiscope.training.objectives.mlm import Mlm
from lexiscope.training.pretrain.text_rows import TextRows

TEXTS = [[1, *range(10, 110), 2], [1, 7, 2]]
ROWS = TextRows(ids=TEXTS, special=frozenset({1, 2}), mask_id=3, padding=0, vocabulary=300, seed=0)


def test_fifteen_in_a_hundred_are_asked_for_and_frames_never() -> None:
    asked, masked, kept = [], [], []
    for epoch in range(40):
        batch = ROWS.batch(np.array([0, 1]), epoch=epoch)
        target, ids = batch["target"], batch["ids"]
        hidden = target != -100
        assert not hidden[:, 0].any()
        assert hidden[1].tolist()[:3] == [False, True, False]  # one word: it is the one
        assert target[1, 1] == 7
        asked.append(int(hidden[0].sum()))
        masked.append(float((ids[0][hidden[0]] == 3).float().mean()))
        kept.append(float((ids[0][hidden[0]] == target[0][hidden[0]]).float().mean()))
    assert set(asked) == {15}
    assert np.mean(masked) == pytest.approx(0.8, abs=0.05)
    assert np.mean(kept) == pytest.approx(0.1, abs=0.04)


def test_words_are_hidden_anew_each_epoch_and_the_same_whoever_shares_the_batch() -> None:
    one, other = ROWS.batch(np.array([0]), epoch=1), ROWS.batch(np.array([1, 0]), epoch=1)
    assert torch.equal(one["ids"][0], other["ids"][1])
    assert not torch.equal(one["ids"], ROWS.batch(np.array([0]), epoch=2)["ids"])


def test_the_loss_is_cross_entropy_over_all_hidden_words_and_chance_that_of_their_frequencies() -> None:
    tower = tiny_text_tower()
    vocabulary = tower.model.config.vocab_size
    frequency = torch.zeros(vocabulary)
    frequency[5], frequency[6] = 9, 1
    objective = Mlm(tower, frequency=frequency).eval()
    ids = torch.tensor([[1, 3, 3, 2], [1, 3, 2, 0]])
    target = torch.tensor([[-100, 5, 6, -100], [-100, 5, -100, -100]])
    found = objective({"ids": ids, "mask": (ids > 0).long(), "target": target})["words"]
    out = tower.model(input_ids=ids, attention_mask=(ids > 0).long()).last_hidden_state
    logits = objective.change(out) @ tower.model.get_input_embeddings().weight.T + objective.bias
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=-100)
    assert found.value.item() == pytest.approx(expected.item(), rel=1e-5)
    smoothed = [10 / (10 + vocabulary), 2 / (10 + vocabulary)]
    assert found.chance.item() == pytest.approx(-(2 * math.log(smoothed[0]) + math.log(smoothed[1])) / 3, rel=1e-5)
